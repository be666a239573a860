"""Small dark plates over the canvas that any picture leaves readable; one paints through them."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ganpaint.toolkit.theme import CORNER, FIGURES_PX, GRID

TEXT = QColor("#ffffff")
_GROUND = QColor(18, 19, 22, 215)
#: Without it a plate that reaches over the picture's edge would seem to end there.
_EDGE = QColor(255, 255, 255, 48)
_MARGIN = 2 * GRID
_AWAY = 18
_PLACED = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide)


class OverlayPanel(QWidget):
    """Stays at an edge of its parent; subclasses say how large they are and what is on them.

    Args:
        parent: the canvas.
        edge: where, as an alignment within the parent.
    """

    def __init__(self, parent: QWidget, edge: Qt.AlignmentFlag) -> None:
        super().__init__(parent)
        self._edge = edge
        self._over = parent
        self._stack: PlateStack | None = None
        font = self.font()
        font.setPixelSize(FIGURES_PX)
        self.setFont(font)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        parent.installEventFilter(self)
        self.hide()

    @property
    def room(self) -> int:
        """The width that there is for it, border included."""
        return self._over.width() - 2 * _MARGIN

    def wanted(self) -> QSize:
        """The size that the content takes, without the border of 8 px."""
        raise NotImplementedError

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """Draw the content; the pen is the color of text."""
        raise NotImplementedError

    def stand_in(self, stack: "PlateStack") -> None:
        """Take the place that a stack gives, in place of one at an edge."""
        self._stack = stack
        stack.add(self)

    def place(self) -> None:
        """Take the size of the content, and the place."""
        size = self.wanted() + QSize(2 * GRID, 2 * GRID)
        if self._stack is not None:
            self.resize(size)
            self._stack.arrange()
            self.update()
            return
        room = self._over.rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        self.resize(size)
        x, y = room.left(), room.top()
        if self._edge & Qt.AlignmentFlag.AlignRight:
            x = room.right() - size.width() + 1
        elif self._edge & Qt.AlignmentFlag.AlignHCenter:
            x += (room.width() - size.width()) // 2
        if self._edge & Qt.AlignmentFlag.AlignBottom:
            y = room.bottom() - size.height() + 1
        elif self._edge & Qt.AlignmentFlag.AlignVCenter:
            y += (room.height() - size.height()) // 2
        self.move(x, max(y, room.top()))
        self.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the place when the parent is resized."""
        if event.type() in _PLACED and not self.isHidden():
            self.place()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt calls this."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(_EDGE, 1))
        painter.setBrush(_GROUND)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), CORNER, CORNER)
        painter.setPen(TEXT)
        self.draw(painter, QRectF(self.rect()).adjusted(GRID, GRID, -GRID, -GRID))
        painter.end()


class PlateStack(QObject):
    """Plates below one another from the parent's top left corner on: they cannot overlap.

    Args:
        over: the parent of the plates.
    """

    def __init__(self, over: QWidget) -> None:
        super().__init__(over)
        self._plates: list[OverlayPanel] = []
        self._top = 0

    @property
    def plates(self) -> tuple[OverlayPanel, ...]:
        """From top to bottom, those too that are hidden."""
        return tuple(self._plates)

    def add(self, plate: OverlayPanel) -> None:
        """Put a plate below the others."""
        self._plates.append(plate)
        plate.installEventFilter(self)

    def keep_free(self, top: int) -> None:
        """Leave so much room above the first plate, for words that are drawn there."""
        if top != self._top:
            self._top = top
            self.arrange()

    def arrange(self) -> None:
        """Give each plate that is to be seen its place."""
        y = _MARGIN + self._top
        for plate in self._plates:
            if not plate.isHidden():
                plate.move(_MARGIN, y)
                y += plate.height() + GRID

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Another plate comes, goes or changes its size."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide):
            self.arrange()
        return False


class CursorTag(OverlayPanel):
    """A few words beside the cursor: what is there."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.AlignmentFlag.AlignLeft)
        self._text = ""
        self._at = QPoint()

    @property
    def text(self) -> str:
        """What it says; empty while hidden."""
        return "" if self.isHidden() else self._text

    def say(self, text: str, at: QPoint) -> None:
        """Show a text beside a place of the canvas."""
        self._text, self._at = text, at
        self.show()
        self.raise_()
        self.place()

    def place(self) -> None:
        """Beside the cursor, on the side where there is room."""
        size = self.wanted() + QSize(2 * GRID, GRID)
        self.resize(size)
        right, below = self._at.x() + _AWAY, self._at.y() + _AWAY
        left, above = self._at.x() - _AWAY - size.width(), self._at.y() - _AWAY - size.height()
        self.move(
            right if right + size.width() <= self._over.width() else max(left, 0),
            below if below + size.height() <= self._over.height() else max(above, 0),
        )
        self.update()

    def wanted(self) -> QSize:
        """One line."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._text), metrics.height())

    def draw(self, painter: QPainter, area: QRectF) -> None:
        """The words."""
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, self._text)
