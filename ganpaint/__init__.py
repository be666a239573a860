"""The window: paint concepts into and out of a generator's pictures."""
