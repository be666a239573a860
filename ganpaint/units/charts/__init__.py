"""Charts of a dissection: concepts of a layer, layers compared, a map of the units."""
