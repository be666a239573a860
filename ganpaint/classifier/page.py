"""Everything about one ablation: its classes, units, charts, and what flips without units."""

from collections.abc import Callable
from functools import partial

import numpy as np
from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from dissection.errors import DissectionError
from ganpaint.classifier.changes import class_changes
from ganpaint.classifier.charts import Chart, CurveChart, SetChart
from ganpaint.classifier.class_table import ClassTable, percent
from ganpaint.classifier.flips_panel import FlipsPanel
from ganpaint.classifier.live_thread import LiveThread
from ganpaint.classifier.load_bar import LoadBar
from ganpaint.classifier.picture_panel import PicturePanel, as_image
from ganpaint.classifier.questions import (
    Curve,
    Fewest,
    Loaded,
    OnePicture,
    Question,
    Scores,
    TakeOut,
    Thumbnails,
    Without,
)
from ganpaint.classifier.removal import Removal
from ganpaint.classifier.studies import AblationStudy, set_bars, shown_numbers
from ganpaint.classifier.unit_table import UnitTable
from ganpaint.toolkit.chart_export import ask_path, write_drawing
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.csv_text import as_csv
from ganpaint.toolkit.labeled_slider import LabeledSlider
from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.theme import GRID, Theme

_ORDERS = ("most important first", "least important first")
#: The list of flips is drawn anew no more often than this.
_CALM_MILLISECONDS = 80


class AblationPage(QWidget):
    """Shows a study; units are taken out once its held-out pictures are loaded.

    Attributes:
        study: what is shown; None before the first.
        number: the chosen class.
        loaded: what is known of the held-out pictures; None until they are there.
        without: the newest answer to what is taken out; None for none.

    Signals:
        unit_asked(int): a unit is to be shown in detail.
        load_wanted: the button for what to do next was pressed.
        said(str): something was done.
        failed(str): one sentence on what went wrong.
    """

    unit_asked = Signal(int)
    load_wanted = Signal()
    said = Signal(str)
    failed = Signal(str)

    def __init__(self, theme: Theme, thread: LiveThread, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._thread = theme, thread
        self.study: AblationStudy | None = None
        self.number = 0
        self.loaded: Loaded | None = None
        self.without: Without | None = None
        self._place: int | None = None
        self.removal = Removal(self)
        self.classes = ClassTable(theme, self)
        self.bars = SetChart(theme, self)
        self.curve = CurveChart(theme, self)
        self.units = UnitTable(self.removal, self)
        self.flips = FlipsPanel(theme, self)
        self.picture = PicturePanel(theme, self)
        self.load = LoadBar(self)
        self.slider = LabeledSlider("Take out", "How many units are taken out", "8888", parent=self)
        self.slider.slider.setMaximumWidth(16777215)
        self.order = Combo(theme, self)
        self.order.addItems(list(_ORDERS))
        self.order.setMinimumWidth(190)
        self.order.setToolTip("Which units of the chosen class the slider takes out first")
        self.back = QPushButton("Put all back", self)
        self.about = plain(QLabel(self, wordWrap=True))
        self.title = plain(QLabel(self))
        self.title.setProperty("role", "title")
        self.export = QPushButton("Export…", self)
        self._calm = QTimer(self, singleShot=True, interval=_CALM_MILLISECONDS)
        self._arrange()
        self._connect()
        self._enable()

    # What is shown --------------------------------------------------------------------------------

    def show_study(self, study: AblationStudy) -> None:
        """Show another study, with all units."""
        self.study = study
        found = study.ablation
        self.forget_pictures()
        self.classes.model.fill(found.classes, found.held_out.baseline)
        self.number = -1
        self.classes.choose(_telling_class(study))

    def choose_class(self, number: int) -> None:
        """Show another class."""
        if self.study is None or number == self.number:
            return
        self.number = number
        found = self.study.ablation
        self.title.setText(found.classes[number])
        self.bars.show_bars(set_bars(found, number))
        self.units.units.fill(self.study, number)
        self.curve.show_curve(np.full((2, found.units + 1), np.nan))
        if number in found.curves.classes:
            self.curve.show_curve(found.curve(found.classes[number])[0])
        elif self.loaded is not None:
            self._thread.ask(Curve(number, self.units.units.order))
        self._follow_removal()

    def forget_pictures(self) -> None:
        """Nothing is loaded any more."""
        self.loaded = self.without = self._place = None
        self.removal.take_out(())
        self.classes.model.follow(None)
        self.flips.forget()
        self.picture.clear()
        self._enable()

    def take_loaded(self, found: Loaded) -> None:
        """The held-out pictures are there."""
        assert self.study is not None, "only a study's pictures are loaded"
        self.loaded = found
        chosen = self.number
        self.classes.model.fill(self.study.ablation.classes, found.balanced)
        self.number = -1
        self.classes.choose(max(chosen, 0))
        self.load.done(
            f"{len(found.targets):,} held-out pictures at hand: drag the slider or tick units."
        )
        self._enable()
        self._follow_removal()

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        for chart in (self.bars, self.curve):
            chart.retheme()
        if self.study is not None and self.number >= 0:
            self.bars.show_bars(set_bars(self.study.ablation, self.number))
        self.flips.update()
        self.picture.bars.update()

    # What is taken out ----------------------------------------------------------------------------

    def _slide(self, number: int | None = None) -> None:
        order = self._ordered()
        self.removal.take_out(order[: self.slider.value if number is None else number])

    def _ordered(self) -> tuple[int, ...]:
        order = self.units.units.order
        return order[::-1] if self.order.currentIndex() else order

    def _follow_removal(self) -> None:
        """Ask what becomes of the classes; the slider shows how many are out."""
        if self.study is None:
            return
        units = self.removal.units
        self.slider.set_value(len(units), 0, self.study.ablation.units)
        place = self.removal.place_in(self._ordered())
        self.curve.mark(-1 if place is None else place)
        self.back.setEnabled(bool(units) and self.loaded is not None)
        if self.loaded is not None:
            self._thread.ask(TakeOut(units))
            if self._place is not None:
                self._thread.ask(Scores(self._place, units))

    def take_answer(self, question: Question, answer: object) -> None:
        """Something that was asked of the live thread is known."""
        if self.loaded is None or self.study is None:
            return
        if isinstance(answer, Without):
            self.without = answer
            self.classes.model.follow(answer.balanced)
            self._tell(answer)
            if not self._calm.isActive():
                self._calm.start()
        elif isinstance(question, Curve):
            if question.number == self.number and isinstance(answer, np.ndarray):
                self.curve.show_curve(answer)
                self._mark_curve()
        elif isinstance(question, Thumbnails) and isinstance(answer, tuple):
            self.flips.add_picture(answer[0], as_image(answer[1]))
        elif isinstance(answer, OnePicture) and isinstance(question, Scores):
            names = self.study.ablation.classes
            target = names[int(self.loaded.targets[question.place])]
            self.picture.show_picture(names, target, answer)
        elif isinstance(question, Fewest) and question.place == self._place:
            self.picture.show_fewest(*answer)  # type: ignore[misc]

    def _mark_curve(self) -> None:
        place = self.removal.place_in(self._ordered())
        self.curve.mark(-1 if place is None else place)

    def _tell(self, answer: Without) -> None:
        assert self.loaded is not None, "there are answers only then"
        out = len(self.removal.units)
        if not out:
            self.about.setText(f"Over all classes, {percent(self.loaded.plain)} are told rightly.")
            return
        flipped = len(answer.flips)
        self.about.setText(
            f"Over all classes {percent(self.loaded.plain)} → {percent(answer.plain)}; "
            f"{flipped:,} picture{'s' * (flipped != 1)} flip{'s' * (flipped == 1)} without "
            f"{out} unit{'s' * (out != 1)}."
        )

    def _show_flips(self) -> None:
        if self.loaded is None or self.without is None or self.study is None:
            return
        found = self.loaded
        changes = class_changes(
            found.balanced,
            self.without.balanced,
            self.without.flips,
            found.before,
            found.targets,
            self.number,
        )
        self.flips.show_changes(self.study.ablation.classes, changes)
        if places := self.flips.wanted():
            self._thread.ask(Thumbnails(tuple(places)))

    def choose_picture(self, place: int) -> None:
        """Show one of the held-out pictures."""
        self._place = place
        self._thread.ask(Scores(place, self.removal.units))

    def _ask_fewest(self) -> None:
        if self._place is not None:
            self._thread.ask(Fewest(self._place))

    # Files ----------------------------------------------------------------------------------------

    def export_chart(self, name: str, chart: Chart) -> None:
        """Ask where to, and write a chart as PNG, SVG or CSV."""
        if self.study is None:
            return
        found = self.study.ablation
        file = f"{found.model}-{found.layer}-{found.classes[self.number]}-{name}.png"
        path = ask_path(self, "Export the chart", file.replace("/", "-").replace(" ", "-"))
        if path is None:
            return
        color, csv = QColor(self._theme.colors.panel), as_csv(chart.rows())
        draw: Callable[[QPainter], None] = chart.draw
        try:
            write_drawing(path, QSize(chart.width(), chart.height()), color, draw, csv)
        except DissectionError as error:
            self.failed.emit(str(error))
        else:
            self.said.emit(f"The chart is in {path}.")

    # Arrangement ----------------------------------------------------------------------------------

    def _enable(self) -> None:
        there = self.loaded is not None
        for widget in (self.slider, self.order, self.back):
            widget.setEnabled(there)
        if not there:
            self.about.setText("Units can be taken out once the held-out pictures are loaded.")

    def _connect(self) -> None:
        self.classes.chosen.connect(self.choose_class)
        self.slider.moved.connect(self._slide)
        self.order.activated.connect(lambda _: self._slide())
        self.back.clicked.connect(lambda: self.removal.take_out(()))
        self.removal.changed.connect(self._follow_removal)
        self.units.asked.connect(self.unit_asked)
        self._calm.timeout.connect(self._show_flips)
        self.flips.class_chosen.connect(self.classes.choose)
        self.flips.picture_chosen.connect(self.choose_picture)
        self.picture.fewest_wanted.connect(self._ask_fewest)
        self.picture.take_out.connect(self.removal.take_out)
        self.load.pressed.connect(self.load_wanted)
        self.load.cancelled.connect(self._thread.cancel)
        self._thread.answered.connect(self.take_answer)
        self._thread.question_failed.connect(lambda _, said: self.failed.emit(said))
        menu = QMenu(self.export)
        for name, chart in (("sets", self.bars), ("curve", self.curve)):
            words = {"sets": "The bars…", "curve": "The curve…"}[name]
            menu.addAction(words).triggered.connect(partial(self.export_chart, name, chart))
        self.export.setMenu(menu)

    def _arrange(self) -> None:
        charts = QHBoxLayout()
        charts.addWidget(self.bars, 1)
        charts.addWidget(self.curve, 1)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.export)
        slide = QHBoxLayout()
        slide.setSpacing(GRID)
        slide.addWidget(self.slider, 1)
        slide.addWidget(self.order)
        slide.addWidget(self.back)
        middle = _column(head, charts, slide, self.about, self.units)
        around = QScrollArea(self)
        around.setWidgetResizable(True)
        around.setFrameShape(QScrollArea.Shape.NoFrame)
        around.setWidget(self.flips)
        right = QSplitter(Qt.Orientation.Vertical, self)
        right.addWidget(_column(_heading("What changes", self), around))
        right.addWidget(_column(_heading("One picture", self), self.picture))
        right.setStretchFactor(0, 3)
        right.setStretchFactor(1, 1)
        across = QSplitter(self)
        for widget, stretch in ((self.classes, 3), (middle, 5), (right, 3)):
            across.addWidget(widget)
            across.setStretchFactor(across.count() - 1, stretch)
        across.setSizes([390, 610, 420])
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(self.load)
        column.addWidget(across, 1)


def _telling_class(study: AblationStudy) -> int:
    """The class that loses most without its most important units: the one to begin with."""
    found = study.ablation
    kind = f"without {shown_numbers(found)[-1]}"
    if kind not in found.sets.kinds:
        return 0
    lost = found.held_out.baseline - found.without(kind)[0]
    return int(np.nanargmax(lost)) if np.isfinite(lost).any() else 0


def _heading(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    label.setProperty("role", "title")
    return label


def _column(*parts: QWidget | QHBoxLayout) -> QWidget:
    widget = QWidget()
    column = QVBoxLayout(widget)
    column.setContentsMargins(GRID, 0, 0, 0)
    column.setSpacing(GRID)
    for part in parts:
        if isinstance(part, QWidget):
            column.addWidget(part, int(isinstance(part, UnitTable | QScrollArea)))
        else:
            column.addLayout(part)
    return widget
