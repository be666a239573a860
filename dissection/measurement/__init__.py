"""What is measured of a network: sampling passes, counts, effects, and pictures of exemplars."""
