"""Tools beside the brush: each puts its parts of analysis, canvas and panels together."""
