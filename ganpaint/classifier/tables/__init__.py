"""Classes and units as tables."""
