"""Segmenters: networks that say where a concept is."""
