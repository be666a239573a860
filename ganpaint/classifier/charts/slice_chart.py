"""A class's accuracy slice by slice, with all units and without those that are out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtWidgets import QWidget

from dissection.results.colors import BLUE, ORANGE
from ganpaint.classifier.charts.chart import Chart, Row
from ganpaint.classifier.charts.marks import Marks, always, listed
from ganpaint.classifier.studies.study import AblationStudy
from ganpaint.classifier.tables.wording import percent, several
from ganpaint.toolkit.plain import shortened
from ganpaint.toolkit.theme import Theme

_WIDTH = 0.36
#: Letters of a slice below the axis.
_LETTERS = 24


@dataclass(frozen=True)
class SliceBar:
    """A class on one slice.

    Attributes:
        name: of the slice.
        pictures: of the class.
        whole: balanced accuracy with all units, 0..1, NaN without pictures.
        without: without some units.
    """

    name: str
    pictures: int
    whole: float
    without: float


class SliceChart(Chart):
    """Two bars for each slice."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "accuracy, %", "", parent)
        self.bars: Sequence[SliceBar] = ()

    def show_bars(
        self, study: AblationStudy, number: int, bars: Sequence[SliceBar],
        units: Sequence[int], what: str,
    ) -> None:  # fmt: skip
        """Show others.

        Args:
            study: that names units and classes.
            number: the class.
            bars: to show.
            units: that are taken out, most important first.
            what: what is left of the network without them.
        """
        import pyqtgraph

        self.bars = bars
        plot = self.begin()
        name = study.ablation.classes[number]
        for kind, color, shift, values, out in (
            ("all units", BLUE, -_WIDTH / 2, [bar.whole for bar in bars], ()),
            (what, ORANGE, _WIDTH / 2, [bar.without for bar in bars], units),
        ):
            known = np.flatnonzero(np.isfinite(values))
            xs, heights = known + np.float64(shift), 100 * np.array(values, np.float64)[known]
            if not len(known):
                continue
            plot.addItem(
                pyqtgraph.BarGraphItem(
                    x=xs,
                    height=heights,
                    width=_WIDTH,
                    brush=self.theme.hue(color),
                    pen=None,
                    name=kind,
                )
            )

            tips = [
                f"{name}, {bars[n].name} ({several(bars[n].pictures, 'picture')}), {kind}: "
                + percent(values[n])
                + (f"\n{study.named(out)}" if out else "")
                for n in known.tolist()
            ]
            marks = Marks(xs, heights, listed(tips), always(tuple(out)), always(number), _WIDTH / 2)
            self.marks.append(marks)
        self.line(50)
        plot.getAxis("left").setTicks([[(n, str(n)) for n in range(40, 101, 20)]])
        ticks = [(n, shortened(bar.name, _LETTERS)) for n, bar in enumerate(bars)]
        plot.getAxis("bottom").setTicks([ticks if len(bars) <= 12 else []])
        plot.setYRange(40, 120, padding=0)
        plot.setXRange(-0.6, max(len(bars) - 0.4, 0.6), padding=0)

    def rows(self) -> list[Row]:
        """A row for each slice."""
        found: list[Row] = [("slice", "pictures_of_the_class", "all_units", "without")]
        for bar in self.bars:
            values = ["" if np.isnan(v) else f"{v:.6f}" for v in (bar.whole, bar.without)]
            found.append((bar.name, bar.pictures, *values))
        return found
