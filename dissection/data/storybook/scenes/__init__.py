"""The domain *scenes*: many kinds of places, with the overlaps that real kinds of places have."""
