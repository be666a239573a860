"""Plots: tool tips name what is under the cursor, a click leads to the unit."""
