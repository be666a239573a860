"""Units that two or three classes share, and those that each has alone (figure S5)."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from dissection.interventions.ablation.relations import SharedUnit
from dissection.results.colors import BLUE, ORANGE, PURPLE
from ganpaint.classifier.charts.chart import Row
from ganpaint.classifier.studies.study import AblationStudy
from ganpaint.classifier.tables.exemplar_strip import exemplar_strip
from ganpaint.classifier.tables.wording import points
from ganpaint.toolkit.plain import plain_tip
from ganpaint.toolkit.theme import BODY_PX, FIGURES_PX, GRID, Theme

_HEAD, _PICTURES = 30, 5
#: Of a picture, a name and a column of a class: pixels that they like, and that they can do with.
_SIDE, _NAME, _COLUMN = (64, 44), (160, 120), (120, 92)
_GAP, _ROW = 2, _SIDE[0] + GRID
_COLORS = (BLUE, ORANGE, PURPLE)


class CombinationChart(QWidget):
    """A row for each unit: its pictures, what it is, and which of the classes need it.

    Signals:
        picked(object, object): a unit was clicked, and no class; or a class.
    """

    picked = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._study: AblationStudy | None = None
        self.classes: Sequence[int] = ()
        self.units: Sequence[SharedUnit] = ()
        self._strips: dict[tuple[int, int], QPixmap] = {}
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_units(
        self, study: AblationStudy, classes: Sequence[int], units: Sequence[SharedUnit]
    ) -> None:
        """Show other classes.

        Args:
            study: that names units and classes.
            classes: two or three.
            units: those that are important for any of them.
        """
        if study is not self._study:
            self._strips.clear()
        self._study, self.classes, self.units = study, classes, units
        self.setMinimumSize(self._across(_SIDE[1], _NAME[1], _COLUMN[1]), self.sizeHint().height())
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for all units."""
        wide = self._across(_SIDE[0], _NAME[0], _COLUMN[0])
        return QSize(wide, _HEAD + _ROW * max(len(self.units), 1))

    def _across(self, side: int, name: int, column: int) -> int:
        """How wide all is with pictures, names and columns of these widths."""
        return self._beside(side) + name + column * len(self.classes)

    def _beside(self, side: int) -> int:
        """Where names begin: behind the pictures, if there are any."""
        pictured = self._study is not None and self._study.exemplars(0) is not None
        return _PICTURES * (side + _GAP) + GRID if pictured else 0

    @property
    def _side(self) -> int:
        """Of a picture: pictures give way first, so that all columns are seen, then columns."""
        lacks = self._across(_SIDE[0], _NAME[0], _COLUMN[0]) - self.width()
        return max(_SIDE[1], _SIDE[0] - -(-max(lacks, 0) // _PICTURES))

    @property
    def _column(self) -> int:
        lacks = self._across(self._side, _NAME[0], _COLUMN[0]) - self.width()
        return max(_COLUMN[1], _COLUMN[0] - -(-max(lacks, 0) // max(len(self.classes), 1)))

    @property
    def _name(self) -> int:
        lacks = self._across(self._side, _NAME[0], self._column) - self.width()
        return max(_NAME[1], _NAME[0] - max(lacks, 0))

    @property
    def _left(self) -> int:
        """Where names begin."""
        return self._beside(self._side)

    def column(self, place: int) -> QRect:
        """Where the column of a class is."""
        return QRect(self._left + self._name + place * self._column, 0, self._column, self.height())

    def area(self, row: int) -> QRect:
        """Where a unit is."""
        return QRect(0, _HEAD + row * _ROW, self.width(), _ROW)

    def paintEvent(self, event: QPaintEvent) -> None:
        """All units that are in view."""
        self._paint(QPainter(self), event.rect())

    def draw(self, painter: QPainter) -> None:
        """All units, for files."""
        self._paint(painter, self.rect())

    def _paint(self, painter: QPainter, seen: QRect) -> None:
        study, colors = self._study, self._theme.colors
        if study is None:
            return
        body, small = QFont(self.font()), QFont(self.font())
        body.setPixelSize(BODY_PX)
        body.setBold(True)
        small.setPixelSize(FIGURES_PX)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(body)
        for column, number in enumerate(self.classes):
            painter.setPen(QColor(colors.text))
            area = QRect(self.column(column).left(), 0, self._column - GRID, _HEAD)
            name = painter.fontMetrics().elidedText(
                study.ablation.classes[number], Qt.TextElideMode.ElideRight, area.width()
            )
            painter.drawText(area, middle, name)
        for row, each in enumerate(self.units):
            area = self.area(row)
            if not area.intersects(seen):
                continue
            strip = self._strip(each.unit)
            if strip is not None:
                painter.drawPixmap(0, area.top() + (area.height() - strip.height()) // 2, strip)
            self._paint_unit(painter, each, area, body, small)

    def _paint_unit(
        self, painter: QPainter, each: SharedUnit, area: QRect, body: QFont, small: QFont
    ) -> None:
        assert self._study is not None, "units are of a study"
        colors, middle = self._theme.colors, Qt.AlignmentFlag.AlignVCenter
        concept = self._study.concept(each.unit)
        painter.setFont(body)
        painter.setPen(QColor(colors.text))
        name = QRect(self._left, area.top(), self._name - GRID, area.height() // 2)
        said = concept[0].name if concept else f"unit {each.unit}"
        short = painter.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, name.width())
        painter.drawText(name, Qt.AlignmentFlag.AlignBottom, short)
        painter.setFont(small)
        painter.setPen(QColor(colors.muted))
        below = name.translated(0, area.height() // 2)
        told = f"unit {each.unit}" + (f", IoU {concept[1]:.2f}" if concept else "")
        painter.drawText(below, Qt.AlignmentFlag.AlignTop, told)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for column, number in enumerate(self.classes):
            left = self.column(column).left()
            dot = QRect(left, area.center().y() - 8, 16, 16)
            needed = number in each.classes
            painter.setPen(QColor(colors.border))
            painter.setBrush(self._theme.hue(_COLORS[column]) if needed else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(dot)
            painter.setPen(QColor(colors.text if needed else colors.muted))
            lost = points(each.lost[column]).removeprefix("+")
            beside = QRect(left + 24, area.top(), self._column - 24, area.height())
            painter.drawText(beside, middle, f"{lost} points")

    def rows(self) -> list[Row]:
        """A row for each unit."""
        study = self._study
        if study is None:
            return [("unit", "concept", "iou")]
        names = [study.ablation.classes[number] for number in self.classes]
        heads: list[object] = ["unit", "concept", "iou"]
        heads += [part for name in names for part in (f"important for {name}", f"lost by {name}")]
        found: list[Row] = [heads]
        for each in self.units:
            concept = study.concept(each.unit)
            cells: list[object] = [each.unit, concept[0].name if concept else ""]
            cells.append(f"{concept[1]:.4f}" if concept else "")
            for number, lost in zip(self.classes, each.lost, strict=True):
                cells += [int(number in each.classes), f"{lost:.6f}"]
            found.append(cells)
        return found

    def _strip(self, unit: int) -> QPixmap | None:
        pictures = self._study.exemplars(unit) if self._study is not None else None
        if pictures is None:
            return None
        if (unit, self._side) not in self._strips:
            self._strips[unit, self._side] = exemplar_strip(pictures, self._side, _PICTURES)
        return self._strips[unit, self._side]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Pictures of another size are made anew."""
        super().resizeEvent(event)
        self._strips.clear()

    def _at(self, point: QPoint) -> SharedUnit | None:
        row = (point.y() - _HEAD) // _ROW
        return self.units[row] if 0 <= row < len(self.units) and point.y() >= _HEAD else None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A unit is shown in detail; the head of a column leads to its class."""
        point = event.position().toPoint()
        found = self._at(point)
        if found is not None:
            self.picked.emit((found.unit,), None)
            return
        for place, number in enumerate(self.classes):
            if point.y() < _HEAD and self.column(place).contains(point):
                self.picked.emit((), number)

    def event(self, event: QEvent) -> bool:
        """Tool tips name unit and classes."""
        if isinstance(event, QHelpEvent):
            found = self._at(event.pos())
            if found is None or self._study is None:
                QToolTip.hideText()
                return True
            names = self._study.ablation.classes
            said = [self._study.unit_name(found.unit)]
            said += [
                f"{names[number]}: {points(lost).removeprefix('+')} points lost without it"
                + (", among its most important" if number in found.classes else "")
                for number, lost in zip(self.classes, found.lost, strict=True)
            ]
            QToolTip.showText(event.globalPos(), plain_tip("\n".join(said)), self)
            return True
        return super().event(event)
