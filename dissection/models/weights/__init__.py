"""Files of weights: read with suspicion, known by digests, and in a compact form."""
