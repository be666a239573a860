"""What important units are like: interpretable (figures 2e, S4c-g), correlated (figure S4h)."""

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from dissection.interventions.ablation.relations import (
    correlated_pairs,
    iou_by_importance,
    iou_by_need,
)
from dissection.interventions.ablation.result import TOP_NUMBERS
from ganpaint.classifier.charts.correlation_chart import CorrelationChart
from ganpaint.classifier.charts.frame import ChartFrame
from ganpaint.classifier.charts.iou_chart import IouChart
from ganpaint.classifier.pages.page import Page
from ganpaint.classifier.session import Session, namer
from ganpaint.classifier.tables.wording import percent
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.theme import GRID

_USUAL = 4
_NOT_DISSECTED = (
    "How interpretable the units are is known once the layer is dissected: menu Dissect, Dissect a "
    "classifier."
)


class UnitsPage(Page):
    """Three plots of all units of the layer."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(session, parent)
        theme = session.theme
        self.need = IouChart(theme, "classes that have it among their most important", self)
        self.mean = IouChart(theme, "mean importance over classes, points", self)
        self.pairs = CorrelationChart(theme, self)
        self.frames = [
            ChartFrame(title, chart, namer(session, name), theme, self)
            for title, chart, name in (
                ("Interpretability by number of classes", self.need, "iou-by-classes"),
                ("Interpretability by mean importance", self.mean, "iou-by-importance"),
                ("Importance and correlation", self.pairs, "correlation"),
            )
        ]
        self.number = Combo(theme, self)
        for many in TOP_NUMBERS:
            self.number.addItem(f"top {many}", many)
        self.number.setCurrentIndex(self.number.findData(_USUAL))
        self.number.setToolTip("How many of a class's units count as its most important ones")
        self.missing = plain(QLabel(_NOT_DISSECTED, self, wordWrap=True))
        self.missing.setProperty("role", "muted")
        top = QHBoxLayout()
        top.addWidget(QLabel("Most important units of a class:", self))
        top.addWidget(self.number)
        top.addWidget(self.missing, 1)
        top.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(2 * GRID)
        left.addWidget(self.frames[0], 1)
        left.addWidget(self.frames[1], 1)
        across = QHBoxLayout()
        across.setSpacing(2 * GRID)
        across.addLayout(left, 1)
        across.addWidget(self.frames[2], 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(top)
        column.addLayout(across, 1)
        for frame in self.frames:
            self.adopt(frame)
        self.number.activated.connect(lambda _: self.refill())

    def fill(self) -> None:
        """Show the layer."""
        study = self.session.study
        if study is None:
            return
        found, number, iou = study.ablation, int(self.number.currentData()), study.iou
        self.missing.setVisible(iou is None)
        for frame in self.frames[:2]:
            frame.setVisible(iou is not None)
        if iou is not None:
            self.need.show_groups(study, iou_by_need(found, iou, number), counts=True)
            self.mean.show_groups(study, iou_by_importance(found, iou), counts=False)
            self.frames[0].tell(
                f"Mean IoU of units by how many classes have them among their top {number}; "
                "whiskers: standard error."
            )
            self.frames[1].tell("Buckets of units of equal size, the least important first.")
        pairs = correlated_pairs(found, number)
        self.pairs.show_pairs(study, pairs, number)
        if len(pairs.units):
            told = "" if np.isnan(pairs.top_negative) else percent(pairs.top_negative)
            self.frames[2].tell(
                f"Each dot is a unit and a class. {percent(pairs.negative)} of the correlations "
                f"are negative, {told or 'none'} of those of the most important units."
            )
