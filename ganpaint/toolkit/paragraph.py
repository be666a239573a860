"""Sentences in the middle of a page: no wider than is good to read, and as high as their lines."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from ganpaint.toolkit.plain import plain


class Paragraph(QLabel):
    """A label that wraps at a width of its own, wherever a layout puts it.

    A layout asks how high a wrapped label is where it is as wide as the layout; one that is aligned
    in it, or has a largest width, is narrower, has more lines, and would lose the last ones.

    Args:
        text: shown as it is, never as markup.
        widest: pixels.
        parent: owns it.
    """

    def __init__(self, text: str, widest: int, parent: QWidget) -> None:
        super().__init__(text, parent, wordWrap=True)
        plain(self)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.setFixedWidth(widest)

    def heightForWidth(self, width: int) -> int:
        """Qt calls this with the width of the layout."""
        return super().heightForWidth(min(width, self.maximumWidth()))
