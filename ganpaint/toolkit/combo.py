"""A list that opens: a combo box with its arrow in the colors of the theme in force."""

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from ganpaint.toolkit.theme import Theme

#: Pixels of the list of a narrower box.
_WIDEST = 480


class Combo(QComboBox):
    """A combo box; a style sheet draws it without an arrow, so it draws its own."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setMinimumContentsLength(8)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The box, and an arrow that points down."""
        super().paintEvent(event)
        if not self.isEnabled():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.colors.muted), 1.5))
        tip = QPointF(self.width() - 14, self.height() / 2 + 2)
        painter.drawPolyline([tip + QPointF(-4, -4), tip, tip + QPointF(4, -4)])

    def showPopup(self) -> None:
        """The list, which long names do not widen to the whole screen."""
        super().showPopup()
        popup, room = self.view().window(), self.screen().availableGeometry()
        wide = max(self.width(), _WIDEST)
        if popup.width() > wide:
            left = min(self.mapToGlobal(QPoint(0, 0)).x(), room.right() - wide)
            popup.setGeometry(max(left, room.left()), popup.y(), wide, popup.height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """A wheel that passes over a box changes nothing."""
        event.ignore()
