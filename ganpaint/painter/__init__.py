"""Painting: the document, the canvas, the panels around it and the tools."""
