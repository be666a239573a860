"""Classes that lose and gain most, each with pictures that flip, before and after."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from dissection.results.colors import GREEN, READ, VERMILION
from ganpaint.classifier.pages.changes import EXAMPLES, ClassChange, Flip
from ganpaint.classifier.tables.wording import points
from ganpaint.toolkit.plain import plain_tip
from ganpaint.toolkit.theme import BODY_PX, FIGURES_PX, GRID, Theme

#: Pixels of a picture: what it likes, and what it can do with.
_SIDE, _LEAST = 74, 40
_LINE, _HEAD = 15, 40
_NOTHING = (
    "Take units out: the classes that lose and gain most are listed here, with pictures that flip."
)
_SAME = "No class is told better or worse without these units."
_ROW = _HEAD + _SIDE + 2 * _LINE + 2 * GRID


class FlipsPanel(QWidget):
    """Draws the changes; a click on a picture chooses it, one on a name the class.

    Signals:
        class_chosen(int): its name was clicked.
        picture_chosen(int): a picture was clicked, by its place.
    """

    class_chosen = Signal(int)
    picture_chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self.changes: list[ClassChange] = []
        self.pictures: dict[int, QImage] = {}
        self._any_out = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_changes(
        self, names: tuple[str, ...], changes: list[ClassChange], any_out: bool = False
    ) -> None:
        """Show others.

        Args:
            names: of the classes.
            changes: to show.
            any_out: whether any unit is out at all.
        """
        self._names, self.changes, self._any_out = names, changes, any_out
        self.setMinimumSize(self._across(_LEAST), self.sizeHint().height())
        self.update()

    def wanted(self) -> Sequence[int]:
        """Places of pictures that are shown and not there yet."""
        shown = [flip.place for change in self.changes for flip in change.examples]
        return [place for place in dict.fromkeys(shown) if place not in self.pictures]

    def add_picture(self, place: int, image: QImage) -> None:
        """A picture that was asked for."""
        self.pictures[place] = image
        self.update()

    def forget(self) -> None:
        """Other pictures are held out."""
        self.pictures.clear()
        self.show_changes(self._names, [])

    def sizeHint(self) -> QSize:
        """Room for all rows."""
        return QSize(self._across(_SIDE), max(len(self.changes) * _ROW, _ROW))

    @staticmethod
    def _across(side: int) -> int:
        """How wide a row is with pictures of a width."""
        return EXAMPLES * (side + GRID) + GRID

    def area(self, row: int, column: int) -> QRect:
        """Where a picture is; where there is little room they are smaller."""
        side = min(_SIDE, max(_LEAST, (self.width() - GRID) // EXAMPLES - GRID))
        return QRect(column * (side + GRID), row * _ROW + _HEAD, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """All rows that are in view."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        seen = event.rect()
        if not self.changes:
            painter.setPen(QColor(self._theme.colors.muted))
            wrapped = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignTop
            painter.drawText(
                self.rect().adjusted(0, 4, -GRID, 0),
                int(wrapped),
                _SAME if self._any_out else _NOTHING,
            )
        for row, change in enumerate(self.changes):
            if QRect(0, row * _ROW, self.width(), _ROW).intersects(seen):
                self._draw_row(painter, row, change)

    def _draw_row(self, painter: QPainter, row: int, change: ClassChange) -> None:
        colors = self._theme.colors
        font = QFont(self.font())
        font.setPixelSize(BODY_PX)
        font.setBold(True)
        painter.setFont(font)
        top, wide = row * _ROW, self.width()
        painter.setPen(QColor(colors.text))
        said, metrics = f"{points(change.change)} points", painter.fontMetrics()
        around = self.parentWidget()  # it may be narrower, and scroll
        seen = wide if around is None else min(wide, around.width())
        room = seen - metrics.horizontalAdvance(said) - 2 * GRID
        name = metrics.elidedText(
            self._names[change.number], Qt.TextElideMode.ElideRight, max(room, 0)
        )
        painter.drawText(QRect(0, top, wide, 20), Qt.AlignmentFlag.AlignVCenter, name)
        away = metrics.horizontalAdvance(name) + GRID
        painter.setPen(QColor(colors.draw_text if change.change > 0 else colors.erase_text))
        painter.drawText(QRect(away, top, wide - away, 20), Qt.AlignmentFlag.AlignVCenter, said)
        font.setBold(False)
        font.setPixelSize(FIGURES_PX)
        painter.setFont(font)
        painter.setPen(QColor(colors.muted))
        self._line(painter, QRect(0, top + 20, wide, 18), self._others(change))
        for column, flip in enumerate(change.examples):
            area = self.area(row, column)
            image = self.pictures.get(flip.place)
            if image is None:
                painter.fillRect(area, QColor(colors.raised))
            else:
                painter.drawImage(area, image)
            below = QRect(area.left(), area.bottom() + 2, area.width() + GRID - 2, _LINE)
            for number, word in ((flip.before, ""), (flip.after, "→ ")):
                right = number == flip.target
                painter.setPen(self._theme.hue(GREEN if right else VERMILION, READ))
                painter.drawText(below.topLeft() + QPoint(0, 11), "✓" if right else "✗")
                painter.setPen(QColor(colors.text))
                self._line(painter, below.adjusted(12, 0, 0, 0), word + self._names[number])
                below.translate(0, _LINE)

    def _others(self, change: ClassChange) -> str:
        if not change.others:
            fewer = "fewer" if change.change > 0 else "more"
            return f"{fewer} pictures of other classes are taken for it"
        listed = ", ".join(f"{self._names[k]} ({many})" for k, many in change.others)
        return ("was taken for " if change.change > 0 else "now taken for ") + listed

    @staticmethod
    def _line(painter: QPainter, area: QRect, text: str) -> None:
        metrics = painter.fontMetrics()
        short = metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, short)

    def _at(self, point: QPoint) -> tuple[ClassChange, Flip | None] | None:
        row = point.y() // _ROW
        if not 0 <= row < len(self.changes):
            return None
        change = self.changes[row]
        for column, flip in enumerate(change.examples):
            if self.area(row, column).contains(point):
                return change, flip
        return change, None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what is there."""
        found = self._at(event.position().toPoint())
        if found is None:
            return
        change, flip = found
        if flip is not None:
            self.picture_chosen.emit(flip.place)
        else:
            self.class_chosen.emit(change.number)

    def event(self, event: QEvent) -> bool:
        """Tool tips name the classes in full."""
        if isinstance(event, QHelpEvent):
            found = self._at(event.pos())
            if found is None:
                QToolTip.hideText()
                return True
            change, flip = found
            said = f"{self._names[change.number]}: {self._others(change)}"
            if flip is not None:
                of, was, now = (self._names[n] for n in (flip.target, flip.before, flip.after))
                said = f"A picture of {of}\nwith all units: {was}\nwithout these: {now}"
            QToolTip.showText(event.globalPos(), plain_tip(said), self)
            return True
        return super().event(event)
