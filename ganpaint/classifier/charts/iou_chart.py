"""How interpretable important units are: mean IoU of groups of units (figures 2e, S4c to S4g)."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtWidgets import QWidget

from dissection.interventions.ablation.relations import UnitGroup
from dissection.results.colors import BLUE
from ganpaint.classifier.charts.chart import Chart, Row
from ganpaint.classifier.charts.marks import Marks
from ganpaint.classifier.studies.study import AblationStudy
from ganpaint.classifier.tables.wording import several
from ganpaint.toolkit.theme import Theme

_WIDTH = 0.7


class IouChart(Chart):
    """A bar for each group; the whisker is the standard error of its mean.

    Args:
        theme: whose colors it takes.
        bottom: what the groups differ in.
        parent: where it stands.
    """

    def __init__(self, theme: Theme, bottom: str, parent: QWidget) -> None:
        super().__init__(theme, "mean IoU", bottom, parent)
        self.groups: Sequence[UnitGroup] = ()

    def show_groups(self, study: AblationStudy, groups: Sequence[UnitGroup], counts: bool) -> None:
        """Show other groups.

        Args:
            study: that names units.
            groups: to show.
            counts: they differ in a number of classes, not in importance.
        """
        import pyqtgraph

        self.groups = groups
        plot = self.begin()
        if not groups:
            return
        xs, heights = np.arange(len(groups), dtype=float), np.array([g.iou for g in groups])
        brush = self.theme.hue(BLUE)
        bars = pyqtgraph.BarGraphItem(x=xs, height=heights, width=_WIDTH, brush=brush, pen=None)
        plot.addItem(bars)
        self.whiskers(
            xs.tolist(), [g.iou - g.error for g in groups], [g.iou + g.error for g in groups]
        )
        names = [_name(group, counts) for group in groups]
        every = 1 if counts else max(1, len(groups) // 6)
        plot.getAxis("bottom").setTicks([list(zip(xs.tolist(), names, strict=True))[::every]])
        top = max(float((heights + [g.error for g in groups]).max()), 0.01)
        plot.setYRange(0, 1.15 * top, padding=0)
        plot.setXRange(-0.6, len(groups) - 0.4, padding=0)

        def tip(k: int) -> str:
            group = groups[k]
            what = f"important for {group.low:.0f} class{'' if group.low == 1 else 'es'}"
            if not counts:
                low, high = f"{100 * group.low:.2f}", f"{100 * group.high:.2f}"
                what = f"mean importance {low} to {high} points"
            said = f"{several(len(group.units), 'unit')}, {what}: mean IoU {group.iou:.3f}"
            return f"{said} ± {group.error:.3f}\n{study.named(group.units.tolist())}"

        self.marks.append(Marks(xs, heights, tip, lambda k: groups[k].units.tolist(), wide=0.45))

    def rows(self) -> list[Row]:
        """A row for each group."""
        found: list[Row] = [("lowest", "highest", "units", "mean_iou", "standard_error", "which")]
        for group in self.groups:
            which = " ".join(map(str, sorted(group.units.tolist())))
            figures = f"{group.low:.6g}", f"{group.high:.6g}", len(group.units)
            found.append((*figures, f"{group.iou:.6f}", f"{group.error:.6f}", which))
        return found


def _name(group: UnitGroup, counts: bool) -> str:
    if counts:
        return f"{group.low:.0f}"
    middle = round(50 * (group.low + group.high), 2) + 0.0  # never "-0.00"
    return f"{middle:.2f}"
