"""The page of a result, alone or beside another one."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from dissection.vocabulary import readable_name
from ganpaint.experiments.result_panel import ResultPanel
from ganpaint.experiments.results import KnownResult, OpenedResult
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.theme import GRID, Theme

_NONE = "Nothing"


class ResultPage(QWidget):
    """One or two results of any experiments.

    Signals:
        left: back to the cards.
        asked(object, bool): a ``KnownResult`` is to be shown, beside the other one or in its place.
        run_asked(str): its experiment is to be run again, by name.
        figure_export_asked(object, object): write a figure to a path.
        folder_export_asked(object, object): write a whole ``OpenedResult`` to a folder.
        linked(object, object): ``UnitLink`` or ``SceneLink`` of an ``OpenedResult`` was clicked.
    """

    left = Signal()
    asked = Signal(object, bool)
    run_asked = Signal(str)
    figure_export_asked = Signal(object, object)
    folder_export_asked = Signal(object, object)
    linked = Signal(object, object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.back = QPushButton("All experiments", self)
        self.which, self.beside = Combo(theme, self), Combo(theme, self)
        self.beside.setToolTip("Show another result beside this one")
        self.run = QPushButton("Run again…", self)
        self.first, self.second = ResultPanel(theme, self), ResultPanel(theme, self)
        self.second.hide()
        self.split = split = QSplitter(self)
        split.addWidget(self.first)
        split.addWidget(self.second)
        split.setChildrenCollapsible(False)
        head = QHBoxLayout()
        head.setContentsMargins(GRID, 0, GRID, 0)
        for widget, stretch in (
            (self.back, 0), (self.which, 3), (QLabel("Beside it", self), 0), (self.beside, 2),
            (self.run, 0),
        ):  # fmt: skip
            head.addWidget(widget, stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GRID, 0, 0)
        column.addLayout(head)
        column.addWidget(split, 1)
        self._connect()

    def _connect(self) -> None:
        self.back.clicked.connect(self.left)
        self.which.activated.connect(lambda: self.asked.emit(self.which.currentData(), False))
        self.beside.activated.connect(self._take_beside)
        self.run.clicked.connect(self._run)
        self.first.page_changed.connect(self._follow_page)
        for panel in (self.first, self.second):
            panel.linked.connect(lambda link, panel=panel: self.linked.emit(link, panel.opened))
            panel.export.figure_asked.connect(self.figure_export_asked)
            panel.export.folder_asked.connect(self.folder_export_asked)

    def offer(self, own: Sequence[KnownResult], others: Sequence[KnownResult]) -> None:
        """Say which results there are.

        Args:
            own: of the experiment that is looked at.
            others: everything that could stand beside it.
        """
        first = self.first.opened
        second = self.second.opened if self.second.isVisibleTo(self) else None
        self.which.clear()
        for each in _with(first, own):
            self.which.addItem(readable_name(each.label), each)
        self.beside.clear()
        self.beside.addItem(_NONE, None)
        for each in _with(second, others):
            self.beside.addItem(readable_name(each.whole_label), each)
        for box, shown in ((self.which, first), (self.beside, second)):
            at = shown.folder if shown is not None else None
            places = [i for i in range(box.count()) if _folder(box.itemData(i)) == at]
            box.setCurrentIndex(places[0] if places else 0)

    def show_result(self, opened: OpenedResult, beside: bool) -> None:
        """Show a result, beside the other one or in its place."""
        panel = self.second if beside else self.first
        panel.show_result(opened, self.first.page if beside else panel.page)
        if beside and not self.second.isVisibleTo(self):
            self.second.show()
            self.split.setSizes(2 * [self.split.width() // 2])

    def close_second(self) -> None:
        """One result alone."""
        self.second.hide()
        self.beside.setCurrentIndex(0)

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        self.first.retheme()
        self.second.retheme()

    def _follow_page(self, name: str) -> None:
        """Two results of one kind are looked at side by side."""
        if self.second.isVisibleTo(self) and name in self.second.pages():
            self.second.show_page(name)

    def _take_beside(self) -> None:
        known = self.beside.currentData()
        if known is None:
            self.close_second()
        else:
            self.asked.emit(known, True)

    def _run(self) -> None:
        if self.first.opened is not None:
            self.run_asked.emit(self.first.opened.result.experiment)


def _with(opened: OpenedResult | None, known: Sequence[KnownResult]) -> list[KnownResult]:
    """What is known, and what is shown even where nobody remembers it."""
    if opened is None or any(each.folder == opened.folder for each in known):
        return list(known)
    return [opened.known, *known]


def _folder(known: KnownResult | None) -> Path | None:
    return None if known is None else known.folder
