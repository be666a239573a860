"""The Classifier tab: which classes need which units, and what becomes of them without."""
