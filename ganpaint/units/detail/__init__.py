"""One unit, seen closely: a section for each thing that was measured of it."""
