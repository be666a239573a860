"""Storybook: procedural scenes with exact labels, the data set that travels with the program."""
