"""One class: what it loses without its units, which those are, and what flips without any."""

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from ganpaint.classifier.charts.curve_chart import CurveChart
from ganpaint.classifier.charts.frame import ChartFrame
from ganpaint.classifier.charts.set_chart import SetChart
from ganpaint.classifier.live.questions import Curve, Question, Thumbnails
from ganpaint.classifier.pages.changes import class_changes
from ganpaint.classifier.pages.flips_panel import FlipsPanel
from ganpaint.classifier.pages.page import Page
from ganpaint.classifier.removal_bar import RemovalBar
from ganpaint.classifier.session import Session, namer
from ganpaint.classifier.studies.unit_sets import set_bars
from ganpaint.classifier.tables.images import as_image
from ganpaint.classifier.tables.unit_table import UnitTable
from ganpaint.classifier.tables.wording import several
from ganpaint.toolkit.plain import in_sentence, plain
from ganpaint.toolkit.theme import GRID

#: The list of flips is drawn anew no more often than this.
_CALM_MILLISECONDS = 80


class ClassPage(Page):
    """Pick a class, and take units out (figures 2a to 2c).

    Signals:
        picture_chosen(int): a picture that flips was clicked.
        class_asked(int): another class was clicked.
        units_asked: the units that the class needs most are to be shown in Units.
    """

    picture_chosen = Signal(int)
    class_asked = Signal(int)
    units_asked = Signal()
    takes_out = True

    def __init__(self, session: Session, bar: RemovalBar, parent: QWidget) -> None:
        super().__init__(session, parent)
        self._bar = bar
        theme = session.theme
        self.bars, self.curve = SetChart(theme, self), CurveChart(theme, self)
        self.bars_frame = ChartFrame("", self.bars, namer(session, "sets"), theme, self)
        self.curve_frame = ChartFrame("", self.curve, namer(session, "curve"), theme, self)
        self.units = UnitTable(session.removal, self)
        self.told = plain(QLabel(self, wordWrap=True))
        self.told.setProperty("role", "muted")
        self.show_units = QPushButton("Show in Units", self)
        self.show_units.setToolTip("All pictures of the units that this class needs most")
        self.flips = FlipsPanel(theme, self)
        self._calm = QTimer(self, singleShot=True, interval=_CALM_MILLISECONDS)
        self._arrange()
        for frame in (self.bars_frame, self.curve_frame):
            self.adopt(frame)
        self.units.asked.connect(lambda unit: session.units_picked.emit((unit,), None))
        self.show_units.clicked.connect(self.units_asked)
        self.flips.class_chosen.connect(self.class_asked)
        self.flips.picture_chosen.connect(self.picture_chosen)
        self._calm.timeout.connect(self.show_flips)
        session.class_changed.connect(self.refill)
        session.slice_changed.connect(self.refill)
        session.loaded_changed.connect(self._take_loaded)
        session.removal.changed.connect(self._mark)
        session.without_changed.connect(self._follow)
        session.answered.connect(self._take_answer)

    def fill(self) -> None:
        """Show the chosen class."""
        session = self.session
        if session.study is None or session.number < 0:
            return
        found, number = session.ablation, session.number
        self.bars_frame.title.setText(f"{session.class_name}: without its units")
        self.curve_frame.title.setText("Number of units taken out")
        self.bars.show_bars(session.study, number, set_bars(found, number))
        self.units.show_units(session.study, found, number)
        lost = np.nan_to_num(session.study.ablation.importance[number])
        needed = several(int((lost > 0).sum()), "unit")
        self.told.setText(
            f"Alone, {needed} of {len(lost)} cost {in_sentence(session.class_name)} something on "
            f"training pictures; without {(lost < 0).sum()} it is told better. Ties go by number."
        )
        self._show_curve()
        self.show_flips()

    def _show_curve(self) -> None:
        session = self.session
        assert session.study is not None, "asked only with a study"
        found, number = session.study.ablation, session.number
        whole = not session.slice.conditions
        if number in found.curves.classes and whole:
            self.curve.show_curve(session.study, number, found.curve(session.class_name)[0])
        else:
            self.curve.show_curve(session.study, number, np.full((2, found.units + 1), np.nan))
            places = None
            if session.loaded is not None and not whole:
                places = session.places(session.loaded.names)
            session.ask(Curve(number, session.order, places))
        self._mark()

    def _mark(self) -> None:
        place = self._bar.place
        self.curve.mark(-1 if place is None else place)

    def _take_loaded(self) -> None:
        if self.session.loaded is None:
            self.flips.forget()
        self.refill()

    def _follow(self) -> None:
        if self.isVisible() and not self._calm.isActive():
            self._calm.start()

    def _take_answer(self, question: Question, answer: object) -> None:
        session = self.session
        if isinstance(question, Curve):
            if question.number == session.number and isinstance(answer, np.ndarray):
                assert session.study is not None, "answers are of a study's pictures"
                self.curve.show_curve(session.study, session.number, answer)
                self._mark()
        elif isinstance(question, Thumbnails) and isinstance(answer, tuple):
            self.flips.add_picture(answer[0], as_image(answer[1]))

    def show_flips(self) -> None:
        """List what became of the classes."""
        session = self.session
        if session.loaded is None or session.without is None or session.study is None:
            return
        found = session.loaded
        (accuracy,) = session.live_accuracies([session.slice])
        places = session.places(found.names) if session.slice.conditions else None
        changes = class_changes(
            accuracy.balanced[0],
            accuracy.balanced[1],
            session.without.flips,
            found.before,
            found.targets,
            session.number,
            places,
        )
        self.flips.show_changes(session.names, changes, any_out=bool(session.removal.units))
        if wanted := self.flips.wanted():
            session.ask(Thumbnails(tuple(wanted)))

    def _arrange(self) -> None:
        charts = QHBoxLayout()
        charts.setSpacing(2 * GRID)
        charts.addWidget(self.bars_frame, 1)
        charts.addWidget(self.curve_frame, 1)
        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, GRID, 0)
        column.setSpacing(GRID)
        column.addLayout(charts, 2)
        line = QHBoxLayout()
        line.setSpacing(GRID)
        line.addWidget(self.told, 1)
        line.addWidget(self.show_units)
        column.addLayout(line)
        column.addWidget(self.units, 3)
        around = QScrollArea(self)
        around.setWidgetResizable(True)
        around.setFrameShape(QScrollArea.Shape.NoFrame)
        around.setWidget(self.flips)
        right = QWidget(self)
        heading = QLabel("What changes", right)
        heading.setProperty("role", "title")
        beside = QVBoxLayout(right)
        beside.setContentsMargins(GRID, 0, 0, 0)
        beside.addWidget(heading)
        beside.addWidget(around, 1)
        across = QSplitter(Qt.Orientation.Horizontal, self)
        for widget, stretch in ((middle, 5), (right, 3)):
            across.addWidget(widget)
            across.setStretchFactor(across.count() - 1, stretch)
        across.setSizes([620, 280])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(across)
