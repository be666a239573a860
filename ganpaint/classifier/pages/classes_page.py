"""All classes with some of their units taken out (figures 2d, S4a, S4b)."""

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from dissection.results.colors import BLUE, GREEN, PURPLE, VERMILION
from ganpaint.classifier.charts.class_chart import ClassChart, ClassSeries
from ganpaint.classifier.charts.frame import ChartFrame
from ganpaint.classifier.pages.page import Page
from ganpaint.classifier.session import Session, namer
from ganpaint.classifier.studies.unit_sets import shown_numbers
from ganpaint.classifier.tables.wording import percent
from ganpaint.toolkit.theme import GRID

_MOST, _LEAST = "without most important half", "without least important half"


class ClassesPage(Page):
    """Two plots: the most important units out, or only those kept; and halves out."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(session, parent)
        self.tops, self.halves = (ClassChart(session.theme, self) for _ in range(2))
        self.frames = [
            ChartFrame(title, chart, namer(session, name), session.theme, self)
            for title, chart, name in (
                ("Most important units taken out, or kept", self.tops, "classes"),
                ("Most or least important half taken out", self.halves, "halves"),
            )
        ]
        self.changes = QPushButton("As changes", self)
        self.changes.setCheckable(True)
        self.changes.setObjectName("chip")
        self.changes.setToolTip("Points of accuracy gained or lost, not what is left")
        self.frames[1].head.insertWidget(1, self.changes)
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        for frame in self.frames:
            self.adopt(frame)
            row.addWidget(frame, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        self.changes.toggled.connect(lambda _: self.refill())
        session.class_changed.connect(self.refill)
        session.slice_changed.connect(self.refill)

    def fill(self) -> None:
        """Show all classes."""
        session = self.session
        if session.study is None:
            return
        found = session.ablation
        number = shown_numbers(found)[-1]
        order, half = found.order, found.units // 2
        for frame, chart, kinds in (
            (
                self.frames[0],
                self.tops,
                (
                    (f"without {number}", f"without {number}", VERMILION, order[:, :number]),
                    (f"only {number}", f"only {number}", GREEN, order[:, :number]),
                ),
            ),
            (
                self.frames[1],
                self.halves,
                (
                    (_MOST, "top half out", VERMILION, order[:, :half]),
                    (_LEAST, "bottom half out", PURPLE, order[:, half:]),
                ),
            ),
        ):
            nothing = [()] * len(found.classes)
            series = [ClassSeries("all units", BLUE, found.held_out.baseline, nothing)]
            series += [
                ClassSeries(name, color, found.without(kind)[0], units.tolist())
                for kind, name, color, units in kinds
                if kind in found.sets.kinds
            ]
            changes = chart is self.halves and self.changes.isChecked()
            chart.show_series(session.study, series, session.number, changes)
            told = [f"{each.name} {percent(_mean(each.values))}" for each in series]
            frame.tell(f"Mean over classes: {', '.join(told)}; dashed: chance.")


def _mean(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")
