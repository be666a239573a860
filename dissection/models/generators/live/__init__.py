"""Pictures while the hand moves: products in eight bits or bfloat16, all else in the cache."""
