"""What the Experiments tab shows: the cards, or a result."""

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from dissection.experiments.experiment import Experiment
from dissection.experiments.registry import experiments
from dissection.report.figures import Figure, Link, SceneLink, UnitLink
from ganpaint.experiments.card_pictures import CardPictures
from ganpaint.experiments.cards import CardsPage
from ganpaint.experiments.exporting import write_figure, write_result
from ganpaint.experiments.links import UnitFinder
from ganpaint.experiments.offers import Offers
from ganpaint.experiments.result_page import ResultPage
from ganpaint.experiments.results import (
    KnownResult,
    OpenedResult,
    OwnResults,
    open_result,
    shipped_results,
)
from ganpaint.experiments.run_dialog import RunDialog
from ganpaint.tabs.context import LoadedDissection, WindowContext
from ganpaint.toolkit.background import Background
from ganpaint.toolkit.settings import home_folder


class ExperimentsView(QWidget):
    """Cards of all experiments; a result takes their place while it is looked at.

    Args:
        context: what tabs share.

    Signals:
        settled: nothing is being read or written any more.
    """

    settled = Signal()

    def __init__(self, context: WindowContext) -> None:
        super().__init__()
        self._context = context
        self.own = OwnResults(context.settings)
        self.background = Background(self)
        self.pictures = CardPictures(context.theme, self)
        self.offers = Offers(context)
        self.units = UnitFinder(context)
        self.dialog: RunDialog | None = None
        self.cards = CardsPage(list(experiments().values()), self)
        self.page = ResultPage(context.theme, self)
        self.stack = QStackedWidget(self)
        self.stack.addWidget(self.cards)
        self.stack.addWidget(self.page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        self.cards.run_asked.connect(self.ask_run)
        self.cards.result_asked.connect(lambda known: self.open(known.folder))
        self.cards.open_asked.connect(self._ask_result)
        self.page.left.connect(self.show_cards)
        self.page.asked.connect(lambda known, beside: self.open(known.folder, beside))
        self.page.run_asked.connect(self.ask_run)
        self.page.figure_export_asked.connect(self.export_figure)
        self.page.folder_export_asked.connect(self.export_result)
        self.page.linked.connect(self.follow)
        self._context.result_asked.connect(self.open)
        self._context.result_made.connect(lambda _: self.refresh())
        self.pictures.drawn.connect(self._show_newest)

    def refresh(self) -> None:
        """Take up results that have come or gone."""
        self._show_newest()
        if self.page.first.opened is not None:
            name = self.page.first.opened.result.experiment
            found = experiments().get(name)
            own = self._known(found) if found else self.own.of(name)
            others = [k for each in experiments().values() for k in self._known(each)]
            self.page.offer(own, others)

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        self.page.retheme()
        self._show_newest()

    def _show_newest(self) -> None:
        for card in self.cards.cards.values():
            known = self._known(card.experiment)
            newest = known[0] if known else None
            card.show_newest(newest, self.pictures.of(newest) if newest else None)

    def _known(self, experiment: Experiment) -> list[KnownResult]:
        """Its results: a person's own first, then those that ship."""
        return [*self.own.of(experiment.name), *shipped_results(experiment)]

    # Running --------------------------------------------------------------------------------------

    def ask_run(self, name: str) -> None:
        """Ask how an experiment is to be run, as the result that is looked at was at first."""
        experiment = experiments()[name]
        opened = self.page.first.opened if self.stack.currentWidget() is self.page else None
        size, given = "default", self.offers.given(experiment)
        if opened is not None and opened.result.experiment == name:
            size, given = opened.result.size, dict(opened.result.settings)
        out = self._folder_for(name)
        dialog = RunDialog(
            experiment, given, partial(self.offers.names, experiment), out, self._context.theme,
            size, self.window(),
        )  # fmt: skip
        dialog.accepted.connect(lambda: self._submit(dialog))
        self.dialog = dialog
        dialog.open()

    def _submit(self, dialog: RunDialog) -> None:
        jobs = self._context.jobs
        if jobs is None:
            self._fail("This window runs no jobs; copy the command line and run it in a terminal.")
            return
        jobs.submit(f"Experiment: {dialog.experiment.title}", dialog.arguments)
        self._context.jobs_asked.emit()

    def _folder_for(self, name: str) -> Path:
        """A folder of its own for a result."""
        root = (self._context.data or home_folder()) / "experiments"
        place, number = root / name, 2
        while place.exists() or str(place) in self.offers.taken:
            place, number = root / f"{name}-{number}", number + 1
        return place

    # Looking --------------------------------------------------------------------------------------

    def show_cards(self) -> None:
        """Back to the cards."""
        self.refresh()
        self.stack.setCurrentWidget(self.cards)

    def open(self, folder: Path, beside: bool = False) -> None:
        """Read a result and show it; one that cannot be read leaves what is shown in place."""

        def take(opened: OpenedResult) -> None:
            self.own.note(opened)
            if not beside:
                self.page.close_second()
            self.page.show_result(opened, beside)
            self.stack.setCurrentWidget(self.page)
            self.refresh()
            self._settle()

        self.background.do(lambda: open_result(folder), take, self._fail)

    def _ask_result(self) -> None:
        chosen = QFileDialog.getExistingDirectory(
            self, "Folder of a result", str(self._context.data or home_folder())
        )
        if chosen:
            self.open(Path(chosen))

    def follow(self, link: Link, opened: OpenedResult) -> None:
        """Show the unit or the scene that a mark of a result stands for."""
        if isinstance(link, SceneLink):
            settings: Any = opened.result.settings
            model = settings.get("model") or settings.get("dissection") or ""
            self._context.show_scene(str(model), link.row)
            return
        known = self.units.loaded(link, opened.result)
        if known is not None:
            self._show_unit(link, known)
            return
        name = self.units.name(opened.result)
        if not name:
            self._say(f"No dissection with {link.layer} of this network is at hand.")
            return
        self.background.do(
            lambda: self.units.read(name, link.layer),
            lambda found: self._show_unit(link, found),
            self._fail,
        )

    def _show_unit(self, link: UnitLink, loaded: LoadedDissection) -> None:
        self._settle()
        self._context.show_unit(link.layer, link.unit, loaded)

    # Writing --------------------------------------------------------------------------------------

    def export_figure(self, figure: Figure, path: Path) -> None:
        """Write a figure, as the path's name ends."""
        self.background.do(
            lambda: write_figure(figure, path),
            lambda _: self._say(f"The figure is in {path}."),
            self._fail,
        )

    def export_result(self, opened: OpenedResult, folder: Path) -> None:
        """Write a whole result with figures and tables for other programs."""
        self.background.do(
            lambda: write_result(opened.result, folder),
            lambda _: self._say(f"The result is in {folder}."),
            self._fail,
        )

    def close_threads(self) -> None:
        """Wait for what is being read, written or drawn."""
        self.background.close()
        self.pictures.close()

    def _say(self, sentence: str) -> None:
        self._context.message.say(sentence, passing=True)
        self._settle()

    def _fail(self, sentence: str) -> None:
        self._context.message.say(sentence, "error", "Close")
        self._settle()

    def _settle(self) -> None:
        if not self.background.busy:
            self.settled.emit()
