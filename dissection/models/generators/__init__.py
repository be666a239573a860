"""Generators: the Progressive GAN architecture, its published file formats, and fast rendering."""
