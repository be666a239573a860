"""Classifiers: published ones and a user's own, as networks that take the house's pictures."""
