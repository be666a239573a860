"""The canvas: the picture, its view, the brush ring and the masks that are painted on it."""
