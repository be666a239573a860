"""The truth about what is painted; knows no widget."""
