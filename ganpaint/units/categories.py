"""A color for each category of concepts, from the Okabe-Ito set: told apart by everybody."""

from PySide6.QtGui import QColor

_COLORS = {
    "object": "#56b4e9",
    "part": "#e69f00",
    "material": "#009e73",
    "color": "#cc79a7",
    "texture": "#d55e00",
    "scene": "#f0e442",
}
_OTHER = "#999999"


def category_color(category: str) -> QColor:
    """The color of a category; gray for none and for those that nobody knows."""
    return QColor(_COLORS.get(category, _OTHER))
