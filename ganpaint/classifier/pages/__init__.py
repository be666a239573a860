"""The pages of the tab."""
