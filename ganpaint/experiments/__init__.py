"""The Experiments tab: the papers' figures, run on any network, and looked at."""
