"""Held-out pictures that are kept, and the thread that answers what becomes of them."""
