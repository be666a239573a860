"""The highest class scores of a picture, with all units and without some."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from dissection.results.colors import BLUE, ORANGE
from ganpaint.classifier.charts.chart import Row
from ganpaint.classifier.tables.wording import percent
from ganpaint.toolkit.plain import plain_tip
from ganpaint.toolkit.theme import FIGURES_PX, GRID, Theme

_BARS, _LINE, _NAMES, _KEY = 6, 26, 112, 18


class ScoreBars(QWidget):
    """A pair of bars for each class.

    Attributes:
        out: the units that the lower bars are without.

    Signals:
        picked(object, object): a bar was clicked: the units that are out, none if it is of the
            whole network, and the class.
    """

    picked = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self._whole: NDArray[np.float32] = np.zeros(0, np.float32)
        self._without = self._whole
        self._said = ""
        self.out: tuple[int, ...] = ()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMouseTracking(True)

    def show_scores(
        self,
        names: Sequence[str],
        whole: NDArray[np.float32],
        without: NDArray[np.float32],
        said: str,
        out: Sequence[int] = (),
    ) -> None:
        """Show another picture's.

        Args:
            names: of the classes.
            whole: float32 (K,), probabilities with all units; none to show nothing.
            without: the same without some.
            said: which units those are, in words.
            out: the same as numbers, most important first.
        """
        self._names, self._whole, self._without = tuple(names), whole, without
        self._said, self.out = said, tuple(out)
        self.update()

    @property
    def order(self) -> list[int]:
        """The classes that are shown, from above."""
        top = -np.maximum(self._whole, self._without)
        found: list[int] = np.argsort(top, kind="stable")[:_BARS].tolist()
        return found

    def sizeHint(self) -> QSize:
        """Six classes."""
        return QSize(300, _BARS * _LINE + _KEY)

    def minimumSizeHint(self) -> QSize:
        """All of them."""
        return QSize(240, _BARS * _LINE + _KEY)

    def paintEvent(self, _: QPaintEvent) -> None:
        """All bars."""
        self.draw(QPainter(self))

    def draw(self, painter: QPainter) -> None:
        """All bars, for files, too."""
        if not len(self._whole):
            return
        font = QFont(self.font())
        font.setPixelSize(FIGURES_PX)
        painter.setFont(font)
        colors, middle = self._theme.colors, Qt.AlignmentFlag.AlignVCenter
        room = self.width() - _NAMES - 44
        for row, number in enumerate(self.order):
            top = row * _LINE
            painter.setPen(QColor(colors.text))
            name = painter.fontMetrics().elidedText(
                self._names[number], Qt.TextElideMode.ElideRight, _NAMES - GRID
            )
            painter.drawText(QRect(0, top, _NAMES, _LINE - 4), middle, name)
            for place, (scores, color) in enumerate(((self._whole, BLUE), (self._without, ORANGE))):
                score = float(scores[number])
                bar = QRect(_NAMES, top + 10 * place, max(1, round(room * score)), 9)
                painter.fillRect(bar, self._theme.hue(color))
                at = QRect(bar.right() + 4, bar.top() - 2, 40, 13)
                painter.drawText(at, middle, f"{100 * score:.0f} %")
        left, top = 0, len(self.order) * _LINE + 2
        for color, said in ((BLUE, "all units"), (ORANGE, "without those that are out")):
            painter.fillRect(QRect(left, top + 4, 9, 9), self._theme.hue(color))
            painter.setPen(QColor(colors.muted))
            painter.drawText(QRect(left + 14, top, 180, 16), middle, said)
            left += 26 + painter.fontMetrics().horizontalAdvance(said)

    def rows(self) -> list[Row]:
        """All classes, the most probable first."""
        order = np.argsort(-self._whole, kind="stable").tolist()
        found: list[Row] = [("class", "all_units", "without")]
        found += [(self._names[k], f"{self._whole[k]:.6f}", f"{self._without[k]:.6f}")
                  for k in order]  # fmt: skip
        return found

    def area(self, row: int) -> QRect:
        """Where a pair of bars is."""
        return QRect(0, row * _LINE, self.width(), _LINE)

    def without_area(self, row: int) -> QRect:
        """Where the lower one of a pair is: that without the units that are out."""
        return self.area(row).adjusted(_NAMES, 10, 0, 0)

    def _at(self, point: QPoint) -> int | None:
        shown = self.order if len(self._whole) else []
        return next((k for row, k in enumerate(shown) if self.area(row).contains(point)), None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A class leads to its page, a bar without units to those units."""
        point = event.position().toPoint()
        number = self._at(point)
        if number is not None:
            lower = self.without_area(self.order.index(number)).contains(point)
            self.picked.emit(self.out if lower else (), number)

    def event(self, event: QEvent) -> bool:
        """Tool tips name the class in full, and the units that are out."""
        if isinstance(event, QHelpEvent):
            number = self._at(event.pos())
            if number is None:
                QToolTip.hideText()
            else:
                said = (
                    f"{self._names[number]}: {percent(float(self._whole[number]))} with all units"
                )
                if self._said:
                    said += f", {percent(float(self._without[number]))} without {self._said}"
                QToolTip.showText(event.globalPos(), plain_tip(said), self)
            return True
        return super().event(event)
