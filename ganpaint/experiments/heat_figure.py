"""A map of numbers on pyqtgraph, over a picture perhaps."""

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QCursor
from PySide6.QtWidgets import QToolTip, QVBoxLayout, QWidget

from dissection.report.figures import COLORS, Heat
from dissection.vocabulary import readable_name
from ganpaint.toolkit.plain import in_plot, plain_tip
from ganpaint.toolkit.plots import keep_tips, make_plot, title_plot
from ganpaint.toolkit.theme import Theme

if TYPE_CHECKING:
    import pyqtgraph

_OVER = 0.6
#: More names than this along an axis are told under the pointer alone.
_MOST_NAMES = 60
#: Pixels of names at the side, and of all names below together.
_NAMES, _BELOW = 200, 900


class HeatFigure(QWidget):
    """One map; the number of the cell under the pointer is told."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._figure: Heat | None = None
        self._plot: pyqtgraph.PlotWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)

    def show_figure(self, figure: Heat) -> None:
        """Draw another map."""
        import pyqtgraph

        self._figure = figure
        if self._plot is not None:
            self._column.removeWidget(self._plot)
            self._plot.hide()
            self._plot.deleteLater()
        self._plot = plot = make_plot(self._theme, self, "", "")
        keep_tips(plot)
        title_plot(plot, figure.title, self._theme)
        self._column.addWidget(plot)
        plot.invertY(True)
        values = np.asarray(figure.values, float)
        high, wide = values.shape
        plot.setAspectLocked(not figure.rows)
        if figure.over is not None:
            below = pyqtgraph.ImageItem(np.ascontiguousarray(figure.over), axisOrder="row-major")
            below.setRect(QRectF(0, 0, wide, high))
            plot.addItem(below)
        image = pyqtgraph.ImageItem(values, axisOrder="row-major")
        image.setOpacity(_OVER if figure.over is not None else 1.0)
        plot.addItem(image)
        low, top = self._range(values, figure.signed)
        bar = pyqtgraph.ColorBarItem(
            values=(low, top),
            colorMap=_diverging(self._theme)
            if figure.signed
            else pyqtgraph.colormap.get("cividis"),
            interactive=False,
            label=in_plot(figure.label),
        )
        bar.setImageItem(image, insert_in=plot.getPlotItem())
        self._name(plot, "left", figure.rows)
        self._name(plot, "bottom", figure.columns)
        plot.setXRange(0, wide, padding=0.02)
        plot.setYRange(0, high, padding=0.02)
        plot.scene().sigMouseMoved.connect(self._point_at)

    def retheme(self) -> None:
        """Draw the map in the colors of the theme in force."""
        if self._figure is not None:
            self.show_figure(self._figure)

    def tip_at(self, place: QPointF) -> str:
        """What is told of a point of the plot's scene; empty beside the map."""
        figure = self._figure
        if self._plot is None or figure is None:
            return ""
        at = self._plot.getPlotItem().getViewBox().mapSceneToView(place)
        row, column = int(np.floor(at.y())), int(np.floor(at.x()))
        high, wide = figure.values.shape
        if not (0 <= row < high and 0 <= column < wide):
            return ""
        number = row * wide + column
        if number < len(figure.tips):
            return str(figure.tips[number])
        names = [
            own[at] if own else f"{word} {at}"
            for own, at, word in ((figure.rows, row, "row"), (figure.columns, column, "column"))
        ]
        value = float(figure.values[row, column])
        told = "not measured" if np.isnan(value) else f"{figure.label}: {value:.4g}"
        return f"{', '.join(names)}\n{told}"

    @staticmethod
    def _range(values: "np.ndarray[Any, Any]", signed: bool) -> tuple[float, float]:
        known = values[np.isfinite(values)]
        low, top = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        if signed:
            top = max(abs(low), abs(top))
            low = -top
        return (low, top) if top > low else (low, low + 1.0)

    @staticmethod
    def _name(plot: "pyqtgraph.PlotWidget", side: str, names: Any) -> None:
        axis = plot.getAxis(side)
        if not names or len(names) > _MOST_NAMES:
            axis.setTicks([[]])
            return
        text, room = plot.fontMetrics(), _NAMES if side == "left" else _BELOW // len(names)
        shown = [
            text.elidedText(readable_name(str(n)), Qt.TextElideMode.ElideRight, room) for n in names
        ]
        axis.setTicks([[(place + 0.5, name) for place, name in enumerate(shown)]])
        if side == "left":
            axis.setWidth(max(map(text.horizontalAdvance, shown)) + 16)

    def _point_at(self, place: QPointF) -> None:
        tip = self.tip_at(place)
        if tip and self._plot is not None:
            QToolTip.showText(QCursor.pos(), plain_tip(tip), self._plot)
        else:
            QToolTip.hideText()


def _diverging(theme: Theme) -> "pyqtgraph.ColorMap":
    """From vermilion to blue over the color of the ground."""
    import pyqtgraph

    colors = [QColor(COLORS[1]), QColor(theme.colors.panel), QColor(COLORS[0])]
    return pyqtgraph.ColorMap([0.0, 0.5, 1.0], [color.getRgb() for color in colors])
