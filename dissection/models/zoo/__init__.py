"""Published models and data sets: what there is, where it lies, and how it is fetched."""
