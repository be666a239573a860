"""Curves, points and bars on pyqtgraph, with tips under the pointer and links behind a click."""

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QCursor
from PySide6.QtWidgets import QScrollArea, QToolTip, QVBoxLayout, QWidget

from dissection.report.figures import Bars, Curves, Points, Series, color_of
from dissection.results.colors import BLACK
from dissection.vocabulary import readable_name
from ganpaint.experiments.marks import Bar, Mark, bar_at, bars_of, point_marks
from ganpaint.toolkit.plain import in_plot, plain_tip
from ganpaint.toolkit.plots import dress_plot, keep_tips, make_plot, title_plot
from ganpaint.toolkit.theme import GRID, Theme

if TYPE_CHECKING:
    import pyqtgraph

_DASHES = (
    Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DashDotLine, Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotDotLine,
)  # fmt: skip
_SYMBOLS = ("o", "s", "t1", "d", "t", "p", "x")
#: Pixels: how near the pointer meets a point, a bar's room, the widest names beside bars.
_NEAR, _BAR, _NAMES = 10.0, 22, 300
#: Of the height of a plot: an entry of its legend. Of the width: a legend beside bars.
_ENTRY, _LEGEND = 0.065, 0.15
#: Letters of what stands along an axis.
_LINE = 80
#: Names along the axis that are longer than this together run down the side.
_LONG = 60


class PlotFigure(QScrollArea):
    """One figure of lines, points or bars.

    Signals:
        linked(object): a mark was clicked that leads to this ``UnitLink`` or ``SceneLink``.
    """

    linked = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self._theme = theme
        self._figure: Curves | Points | Bars | None = None
        self._plot: pyqtgraph.PlotWidget | None = None
        self._bars: list[Bar] = []
        self._marks: list[Mark] = []
        self._across = False
        inside = QWidget(self)
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(0, 0, GRID, 0)
        self.setWidget(inside)

    @property
    def plot(self) -> "pyqtgraph.PlotWidget | None":
        """What is drawn on; None before the first figure."""
        return self._plot

    def show_figure(self, figure: Curves | Points | Bars) -> None:
        """Draw another figure."""
        self._figure = figure
        self._bars, self._marks = [], []
        if self._plot is not None:
            self._column.removeWidget(self._plot)
            self._plot.hide()
            self._plot.deleteLater()
        bars = isinstance(figure, Bars)
        self._across = isinstance(figure, Bars) and (
            figure.across or sum(map(len, figure.categories)) > _LONG
        )
        value, along = (figure.y, "") if isinstance(figure, Bars) else (figure.y, figure.x)
        left, bottom = (along, value) if self._across else (value, along)
        self._plot = plot = make_plot(
            self._theme, self, in_plot(left, _LINE), in_plot(bottom, _LINE)
        )
        keep_tips(plot)
        title_plot(plot, figure.title, self._theme)
        for side in ("left", "bottom"):
            plot.getAxis(side).enableAutoSIPrefix(False)
        self._column.addWidget(plot)
        if any(series.name for series in figure.series):
            legend = plot.addLegend(offset=(-12, 8), labelTextColor=self._theme.colors.text)
            legend.setBrush(_see_through(self._theme.colors.panel))
        if isinstance(figure, Bars):
            self._draw_bars(plot, figure)
        else:
            self._draw_points(plot, figure)
        self._draw_rules(plot, figure)
        self._make_room(plot)
        self.setVerticalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAsNeeded if bars else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        )
        plot.scene().sigMouseMoved.connect(self._point_at)
        plot.scene().sigMouseClicked.connect(self._click)

    def retheme(self) -> None:
        """Draw the figure in the colors of the theme in force."""
        if self._figure is not None:
            self.show_figure(self._figure)

    def mark_at(self, place: QPointF) -> Mark | None:
        """The mark under a point of the plot's scene."""
        if self._plot is None:
            return None
        box = self._plot.getPlotItem().getViewBox()
        at = box.mapSceneToView(place)
        wide, high = box.viewPixelSize()
        if self._bars:
            along, value = (at.y(), at.x()) if self._across else (at.x(), at.y())
            bar = bar_at(self._bars, along, value, 3 * (wide if self._across else high))
            return bar.mark if bar else None
        if not self._marks:
            return None
        far = np.hypot(
            (np.array([m.x for m in self._marks]) - at.x()) / max(wide, 1e-300),
            (np.array([m.y for m in self._marks]) - at.y()) / max(high, 1e-300),
        )
        nearest = int(far.argmin())
        return self._marks[nearest] if far[nearest] <= _NEAR else None

    # Drawing --------------------------------------------------------------------------------------

    def _color(self, series: Series, place: int) -> str:
        color = color_of(series, place)
        if color == BLACK:
            return self._theme.colors.text
        return self._theme.hue(color).name()

    def _draw_points(self, plot: "pyqtgraph.PlotWidget", figure: Curves | Points) -> None:
        import pyqtgraph

        colors = [self._color(series, place) for place, series in enumerate(figure.series)]
        marks = point_marks(figure, colors)
        self._marks = [mark for own in marks for mark in own]
        for place, (series, own) in enumerate(zip(figure.series, marks, strict=True)):
            color = colors[place]
            x, y = np.asarray(series.x, float), np.asarray(series.y, float)
            dash = Qt.PenStyle.DashLine if series.control else _DASHES[place % len(_DASHES)]
            if len(series.error):
                self._draw_errors(plot, figure, series, color)
            told: dict[str, Any] = {"name": in_plot(series.name)} if series.name else {}
            many = len(own) > 200
            dot = QColor(color)
            dot.setAlphaF(0.5 if many else 0.9)
            if isinstance(figure, Curves):
                pen = pyqtgraph.mkPen(color, width=2, style=dash)
                plot.plot(x, y, pen=pen, connect="finite")
                if many:
                    plot.plot([], [], pen=pen, **told)
                    continue
                # The legend shows lines with their marks, by which gray ones are told apart.
                shape = _SYMBOLS[place % len(_SYMBOLS)]
                looks = {"symbol": shape, "symbolSize": 8, "symbolBrush": dot, "symbolPen": None}
                plot.plot([], [], pen=pen, **looks, **told)
                told = {}
            plot.addItem(
                pyqtgraph.ScatterPlotItem(
                    [m.x for m in own],
                    [m.y for m in own],
                    size=5 if many else 8,
                    symbol=_SYMBOLS[place % len(_SYMBOLS)],
                    brush=dot,
                    pen=None,
                    **told,
                )
            )

    def _draw_errors(
        self, plot: "pyqtgraph.PlotWidget", figure: Curves | Points, series: Series, color: str
    ) -> None:
        import pyqtgraph

        x, y, error = (np.asarray(v, float) for v in (series.x, series.y, series.error))
        error = np.nan_to_num(error)
        known = np.isfinite(x) & np.isfinite(y)
        if isinstance(figure, Points):
            bars = pyqtgraph.ErrorBarItem(
                x=x[known], y=y[known], height=2 * error[known], pen=pyqtgraph.mkPen(color)
            )
            plot.addItem(bars)
            return
        band = QColor(color)
        band.setAlphaF(0.2)
        low, high = (pyqtgraph.PlotCurveItem(x[known], (y + s * error)[known]) for s in (-1, 1))
        plot.addItem(pyqtgraph.FillBetweenItem(low, high, brush=band))

    def _draw_bars(self, plot: "pyqtgraph.PlotWidget", figure: Bars) -> None:
        import pyqtgraph

        colors = [self._color(series, place) for place, series in enumerate(figure.series)]
        self._bars = bars = bars_of(figure, colors)
        low, high = [b.low for b in bars], [b.high for b in bars]
        start, end = [b.start for b in bars], [b.end for b in bars]
        sides = ("x0", "x1", "y0", "y1")
        spans = (low, high, start, end) if self._across else (start, end, low, high)
        told: dict[str, Any] = dict(zip(sides, spans, strict=True))
        brushes = [b.mark.color for b in bars]
        if bars:
            # Parts of a stacked bar are told apart by whoever does not see their colors, too.
            edge = pyqtgraph.mkPen(self._theme.colors.panel) if figure.stacked else None
            plot.addItem(pyqtgraph.BarGraphItem(**told, brushes=brushes, pen=edge))
        for series, color in zip(figure.series, colors, strict=True):
            if series.name:
                entry = pyqtgraph.BarGraphItem(
                    x=[], height=[], width=1, brush=color, pen=None, name=in_plot(series.name)
                )
                plot.addItem(entry)
        sure = [b for b in bars if np.isfinite(b.error) and b.error > 0]
        if sure:
            middle = np.array([(b.start + b.end) / 2 for b in sure])
            top, error = np.array([b.high for b in sure]), np.array([2 * b.error for b in sure])
            pen = pyqtgraph.mkPen(self._theme.colors.text)
            where = {"x": top, "y": middle, "width": error} if self._across else None
            where = where or {"x": middle, "y": top, "height": error}
            plot.addItem(pyqtgraph.ErrorBarItem(**where, pen=pen))
        plot.addItem(
            pyqtgraph.InfiniteLine(
                0, angle=90 if self._across else 0, pen=pyqtgraph.mkPen(self._theme.colors.muted)
            )
        )
        self._name_categories(plot, figure)

    def _name_categories(self, plot: "pyqtgraph.PlotWidget", figure: Bars) -> None:
        axis = plot.getAxis("left" if self._across else "bottom")
        names = [readable_name(str(name)) for name in figure.categories]
        plot.setMinimumHeight(0)
        if self._across:
            text = plot.fontMetrics()
            names = [text.elidedText(n, Qt.TextElideMode.ElideRight, _NAMES) for n in names]
            axis.setWidth(max((text.horizontalAdvance(n) for n in names), default=0) + 16)
            count = len(names) * (1 if figure.stacked else max(1, len(figure.series)))
            plot.setMinimumHeight(90 + _BAR * max(len(names), count * 2 // 3))
            plot.invertY(True)
            plot.setYRange(-0.7, len(names) - 0.3, padding=0)
        else:
            plot.setXRange(-0.7, len(names) - 0.3, padding=0)
        axis.setTicks([list(enumerate(names))])

    def _draw_rules(self, plot: "pyqtgraph.PlotWidget", figure: Curves | Points | Bars) -> None:
        import pyqtgraph

        for rule in figure.rules:
            turned = isinstance(figure, Bars) and self._across and not figure.across
            upright = rule.upright != turned
            muted = self._theme.colors.muted
            plot.addItem(
                pyqtgraph.InfiniteLine(
                    rule.at,
                    angle=90 if upright else 0,
                    pen=pyqtgraph.mkPen(muted, style=Qt.PenStyle.DotLine),
                    label=in_plot(rule.name) or None,
                    labelOpts={"color": muted, "position": 0.95, "anchors": [(0, 1), (0, 1)]},
                )
            )
        dress_plot(plot, self._theme)

    def _make_room(self, plot: "pyqtgraph.PlotWidget") -> None:
        """Values end below the legend, or to the left of it, not under it."""
        legend = plot.getPlotItem().legend
        if legend is None:
            return
        if self._across:
            ends = [end for b in self._bars for end in (b.low, b.high)]
            if ends:
                least, most = min(0.0, *ends), max(0.0, *ends)
                plot.setXRange(least, most + _LEGEND * (most - least or 1.0), padding=0.02)
            return
        tops = [m.y for m in self._marks] or [max(b.low, b.high) for b in self._bars]
        feet = [m.y for m in self._marks] or [min(b.low, b.high) for b in self._bars]
        if tops:
            low, high = min(feet), max(tops)
            room = (high - low or 1.0) * (0.06 + _ENTRY * len(legend.items))
            plot.setYRange(low, high + room, padding=0.03)

    # The pointer ----------------------------------------------------------------------------------

    def _point_at(self, place: QPointF) -> None:
        mark = self.mark_at(place)
        if self._plot is None:
            return
        hand = mark is not None and mark.link is not None
        shape = Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor
        self._plot.setCursor(shape)
        if mark is None:
            QToolTip.hideText()
        else:
            QToolTip.showText(QCursor.pos(), plain_tip(mark.tip), self._plot)

    def _click(self, event: Any) -> None:
        mark = self.mark_at(event.scenePos())
        if mark is not None and mark.link is not None:
            self.linked.emit(mark.link)


def _see_through(color: str) -> QColor:
    brush = QColor(color)
    brush.setAlphaF(0.7)
    return brush
