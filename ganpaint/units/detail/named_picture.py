"""A picture with its name below, or the place where one will be."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from ganpaint.toolkit.theme import Theme

_SIDE, _LINE = 168, 18


class NamedPicture(QWidget):
    """Draws a square picture and a line below it.

    Attributes:
        name: the line.
        image: the picture; None for an empty place.
    """

    def __init__(self, name: str, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = name
        self._theme = theme
        self.image: QImage | None = None
        self.setFixedSize(QSize(_SIDE, _SIDE + _LINE))

    def show_picture(self, image: QImage | None) -> None:
        """Show another picture; None shows an empty place."""
        self.image = image
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt calls this."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        font = painter.font()
        font.setPixelSize(11)
        painter.setFont(font)
        area = self.rect().adjusted(0, 0, 0, -_LINE)
        colors = self._theme.colors
        if self.image is not None:
            painter.drawImage(area, self.image)
        else:
            painter.fillRect(area, QColor(colors.raised))
        painter.setPen(QColor(colors.muted))
        name = painter.fontMetrics().elidedText(
            self.name, Qt.TextElideMode.ElideMiddle, self.width()
        )
        painter.drawText(0, self.height() - 4, name)
