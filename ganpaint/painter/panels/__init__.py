"""Panels around the canvas; each shows a part of the document and changes it, nothing else."""
