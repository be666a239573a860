"""Bars of a class: all units, without its most important ones, with only those (figure 2b)."""

import numpy as np
from PySide6.QtWidgets import QWidget

from dissection.results.colors import BLUE, GRAY
from ganpaint.classifier.charts.chart import PERCENTS, Chart, Row
from ganpaint.classifier.charts.marks import Marks, always, listed
from ganpaint.classifier.studies.study import AblationStudy
from ganpaint.classifier.studies.unit_sets import SetBar
from ganpaint.classifier.tables.wording import percent
from ganpaint.toolkit.theme import Theme

_WIDTH = 0.36


class SetChart(Chart):
    """Bars of the whole network and of sets, beside random sets of equal size."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, "balanced accuracy, %", "", parent)
        self.bars: list[SetBar] = []

    def show_bars(self, study: AblationStudy, number: int, bars: list[SetBar]) -> None:
        """Show another class.

        Args:
            study: that names units and classes.
            number: the class.
            bars: to show.
        """
        import pyqtgraph

        self.bars = bars
        plot = self.begin()
        name = study.ablation.classes[number]
        drawn = [(n, b) for n, b in enumerate(bars) if b.control is not None]
        own = [(n, b.own) for n, b in enumerate(bars) if np.isfinite(b.own)]
        for kind, color, shift, values in (
            ("own units", BLUE, -_WIDTH / 2, own),
            ("random units", GRAY, _WIDTH / 2, [(n, b.control) for n, b in drawn]),
        ):
            xs = [n + (shift if bars[n].control is not None else 0.0) for n, _ in values]
            heights = [100 * float(value or 0.0) for _, value in values]
            if not values:
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
            of = [bars[n] for n, _ in values]
            random = kind != "own units"
            for x, height, bar in zip(xs, heights, of, strict=True):
                # Figures of two bars side by side lean away from one another, or read as one.
                lean = 0.5 if bar.control is None else 0.3 if random else 0.7
                text = pyqtgraph.TextItem(
                    f"{height:.0f}", color=self.theme.colors.text, anchor=(lean, 1.0)
                )
                text.setPos(x, max(height, 100 * bar.spread[1] if random and bar.spread else 0.0))
                plot.addItem(text)
            self.marks.append(
                Marks(
                    np.array(xs, float),
                    np.array(heights, float),
                    listed([_tip(study, name, bar, random) for bar in of]),
                    listed([() if random else bar.units for bar in of]),
                    always(number),
                    _WIDTH / 2,
                )
            )
        if drawn:
            spreads = [b.spread or (0.0, 0.0) for _, b in drawn]
            self.whiskers(
                [n + _WIDTH / 2 for n, _ in drawn],
                [100 * low for low, _ in spreads],
                [100 * high for _, high in spreads],
            )
        self.line(50)
        plot.getAxis("left").setTicks([PERCENTS])
        plot.getAxis("bottom").setHeight(36)  # two lines
        plot.getAxis("bottom").setTicks(
            [[(n, bar.name.replace(" ", "\n")) for n, bar in enumerate(bars)]]
        )
        plot.setYRange(0, 140, padding=0)  # bars are as long as what they show
        plot.setXRange(-0.6, max(len(bars) - 0.4, 0.6), padding=0)

    def rows(self) -> list[Row]:
        """Sets and their accuracies."""
        heads = ("set", "accuracy", "random_mean", "random_lowest", "random_highest", "units")
        found: list[Row] = [heads]
        for bar in self.bars:
            control = "" if bar.control is None else f"{bar.control:.6f}"
            spread = ("", "") if bar.spread is None else [f"{s:.6f}" for s in bar.spread]
            units = " ".join(map(str, bar.units))
            found.append((bar.name, f"{bar.own:.6f}", control, *spread, units))
        return found


def _tip(study: AblationStudy, name: str, bar: SetBar, random: bool) -> str:
    if random:
        low, high = bar.spread or (float("nan"), float("nan"))
        return (
            f"{name}, {bar.name}, as many random units: {percent(bar.control or 0.0)} "
            f"({percent(low)} to {percent(high)})"
        )
    said = f"{name}, {bar.name}: {percent(bar.own)}; 50 % is chance"
    return f"{said}\n{study.named(bar.units)}" if bar.units else said
