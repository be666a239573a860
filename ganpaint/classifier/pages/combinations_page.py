"""Classes as combinations of units: which ones two or three of them share (figure S5)."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dissection.interventions.ablation.relations import shared_units, telling_triples
from dissection.interventions.ablation.result import TOP_NUMBERS
from ganpaint.classifier.charts.frame import ChartFrame
from ganpaint.classifier.pages.combination_chart import CombinationChart
from ganpaint.classifier.pages.page import Page
from ganpaint.classifier.session import Session, namer
from ganpaint.classifier.tables.wording import several
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.theme import GRID

_NUMBERS = (*TOP_NUMBERS, 10, 20)
_USUAL = 4
_NO_CLASS = "no third class"
#: Examples that are offered.
_EXAMPLES = 20


class CombinationsPage(Page):
    """Two or three classes and their important units."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(session, parent)
        theme = session.theme
        self.pickers = [self._picker() for _ in range(3)]
        self.number = Combo(theme, self)
        for number in _NUMBERS:
            self.number.addItem(f"top {number}", number)
        self.number.setCurrentIndex(self.number.findData(_USUAL))
        self.number.setToolTip("How many of a class's units count as its most important ones")
        self.examples = Combo(theme, self)
        self.examples.setMinimumWidth(140)
        self.examples.setToolTip(
            "Three classes of which every two share an important unit that the third does without"
        )
        self.chart = CombinationChart(theme, self)
        self.around = QScrollArea(self)
        self.around.setWidgetResizable(True)
        self.around.setFrameShape(QScrollArea.Shape.NoFrame)
        self.frame = ChartFrame(
            "Shared and distinct units", self.chart, namer(session, "combination"), theme, self
        )
        self.about = plain(QLabel(self, wordWrap=True))
        self.about.setProperty("role", "muted")
        self._arrange()
        self.adopt(self.frame)
        self.chart.picked.connect(session.units_picked)
        for picker in self.pickers:
            picker.activated.connect(lambda _: self._take_classes())
        self.number.activated.connect(lambda _: self._renumber())
        self.examples.activated.connect(self._show_example)
        session.study_changed.connect(self._take_study)

    @property
    def classes(self) -> tuple[int, ...]:
        """The chosen classes, each once."""
        found = [picker.currentData() for picker in self.pickers]
        return tuple(dict.fromkeys(int(number) for number in found if number is not None))

    def choose(self, classes: tuple[int, ...]) -> None:
        """Compare other classes."""
        for picker, number in zip(self.pickers, (*classes, None, None), strict=False):
            picker.setCurrentIndex(picker.findData(number) if number is not None else 0)
            line = picker.lineEdit()
            assert line is not None, "an editable box has one"
            line.home(False)  # of a long name the beginning is seen
        self.refill()

    def fill(self) -> None:
        """Show the units of the chosen classes."""
        study = self.session.study
        if study is None:
            return
        chosen, number = self.classes, int(self.number.currentData())
        units = shared_units(study.ablation, chosen, number) if chosen else []
        self.chart.show_units(study, chosen, units)
        shared = sum(len(each.classes) > 1 for each in units)
        everyone = sum(len(each.classes) == len(chosen) for each in units)
        self.about.setText(
            f"{several(len(units), 'unit')} among the top {number} of one of these classes, as far "
            f"as it loses anything without them; {shared} shared by two or more"
            + (f", {everyone} by all" if len(chosen) > 2 else "")
            + ". A filled dot: the class needs the unit; beside it, what it loses without it."
        )

    def _take_study(self) -> None:
        names = self.session.names
        order = sorted(range(len(names)), key=lambda k: names[k].casefold())
        for place, picker in enumerate(self.pickers):
            picker.clear()
            if place == 2:
                picker.addItem(_NO_CLASS, None)
            for k in order:
                picker.addItem(names[k], k)
            completer = picker.completer()
            assert completer is not None, "an editable box has one"
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        self._renumber()
        triples = self.examples.itemData(1)
        first = triples if triples is not None else tuple(order[:2])
        self.choose(first)

    def _renumber(self) -> None:
        study = self.session.study
        if study is None:
            return
        found = telling_triples(study.ablation, int(self.number.currentData()))[:_EXAMPLES]
        self.examples.clear()
        self.examples.addItem("Examples" if found else "No examples", None)
        for triple in found:
            self.examples.addItem(", ".join(self.session.names[k] for k in triple), triple)
        self.refill()

    def _show_example(self, place: int) -> None:
        triple = self.examples.itemData(place)
        if triple is not None:
            self.choose(tuple(triple))

    def _take_classes(self) -> None:
        self.examples.setCurrentIndex(0)
        self.refill()

    def _picker(self) -> Combo:
        picker = Combo(self.session.theme, self)
        picker.setEditable(True)
        picker.setInsertPolicy(Combo.InsertPolicy.NoInsert)
        picker.setMinimumWidth(130)
        picker.setToolTip("A class: type a part of its name")
        return picker

    def _arrange(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(GRID)
        for picker in self.pickers:
            top.addWidget(picker)
        top.addWidget(self.number)
        top.addWidget(self.examples)
        top.addStretch(1)
        self.around.setWidget(self.frame)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(top)
        column.addWidget(self.about)
        column.addWidget(self.around, 1)
