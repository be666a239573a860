"""Small, exact, mergeable statistics of activations and concepts."""
