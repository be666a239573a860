"""Which ablations there are, and what belongs to each."""
