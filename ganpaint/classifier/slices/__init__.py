"""Held-out pictures by what they are."""
