"""Filter bar, grid and detail of units, or what to do where there is no dissection."""

import shlex
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QMenu,
    QSplitter,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from dissection.results.interpretable import INTERPRETABLE
from dissection.vocabulary import Concept
from ganpaint.tabs.context import WindowContext
from ganpaint.toolkit.theme import GRID
from ganpaint.units.browsed import Browsed
from ganpaint.units.charts.page import ChartsPage
from ganpaint.units.detail.given_picture import GivenPicture
from ganpaint.units.detail.panel import UnitDetail
from ganpaint.units.empty_state import EmptyState
from ganpaint.units.filter_bar import FilterBar
from ganpaint.units.fires import Fires
from ganpaint.units.foot import Foot
from ganpaint.units.grid import UnitGrid
from ganpaint.units.grid_exporter import GridExporter
from ganpaint.units.grid_model import UnitModel
from ganpaint.units.input_opening import InputOpening
from ganpaint.units.lists_menu import ListsMenu
from ganpaint.units.missing import relating
from ganpaint.units.mouse_buttons import MouseButtons
from ganpaint.units.notes import Notes
from ganpaint.units.opening import Opening
from ganpaint.units.sample_thread import SampleThread
from ganpaint.units.unit_actions import UnitActions
from ganpaint.units.unit_pictures import UnitPictures
from ganpaint.units.unit_tile import TILE
from ganpaint.units.ways import Ways

_SCROLL_BAR = 18
_NO_DISSECTION = (
    "No dissection to browse yet.\n\nDissect the generator that is open (menu Dissect), or open a "
    "dissection that you have: its folder, or a published report.json or dissect.json."
)


class UnitsView(QWidget):
    """Browses the units of a dissection.

    Args:
        context: whose dissections are browsed.
        notes: the file of the user's notes; None keeps them for this session.
    """

    def __init__(
        self, context: WindowContext, notes: Path | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("units")
        self._context = context
        theme, live = context.theme, context.live
        self.browsed = Browsed(context, self)
        self.notes = Notes(self.browsed, notes, self)
        self.sample = SampleThread(self)
        self.pictures = UnitPictures(self.browsed, live, self.sample, self)
        self.model = UnitModel(self.browsed, self.pictures, self.notes, self)
        self.bar = FilterBar(self.browsed, theme, context.settings, self)
        self.opening = Opening(self)
        self.grid = UnitGrid(self.browsed, self.model, theme, self)
        self.detail = UnitDetail(self.browsed, live, self.sample, self.notes, theme, self)
        self.message = context.message_of("units")
        self.exporter = GridExporter(
            self.browsed, self.grid, self.model, self.pictures, self.message, self
        )
        self.charts = ChartsPage(self.browsed, theme, self)
        self.fires = Fires(self.browsed, live, self.sample, self.detail.own, self)
        self.lists = ListsMenu(self.browsed, self.notes, self)
        self.actions_of = UnitActions(context, self.browsed, self.notes, self.lists, self)
        self.foot = Foot(self)
        self.nothing = EmptyState("No unit matches.", "Show all units", self)
        self.empty = EmptyState(_NO_DISSECTION, "Open a dissection…", self)
        self.ways = Ways(context, self.browsed, self.notes, self.bar, self.foot, self.nothing, self)
        self.navigation = self.ways.navigation
        self._arrange()
        self.bar.changed.connect(self.refill)
        self.browsed.unit_changed.connect(self._show_detail)
        self.browsed.dissection_changed.connect(self._show_state)
        self.notes.trouble.connect(lambda said: self.message.say(said, "error"))
        self.pictures.changed.connect(self.refill)
        self.sample.told.connect(self.foot.tell)
        self.nothing.pressed.connect(self.bar.clear)
        self.empty.pressed.connect(self.opening.ask)
        self.bar.open_wanted.connect(self.opening.ask)
        self.bar.bundled_wanted.connect(self.opening.read)
        self.opening.failed.connect(lambda said: self.message.say(said, "error", about="opening"))
        self.opening.opened.connect(lambda *_: self.message.settle("opening"))
        self.detail.stepped.connect(self.step)
        self.detail.concept_chosen.connect(lambda concept: self.show_concept(concept))
        context.selection.concept_changed.connect(self._follow)
        self.bar.follow.toggled.connect(self._follow)
        self.bar.concept_chosen.connect(self._choose_to_paint)
        self.navigation.arrived.connect(self._show_arrived)
        self.ways.follow(self.opening, self.lists)
        inputs = InputOpening(context, self.browsed, self.sample, self.detail.exemplars, self)
        inputs.failed.connect(lambda said: self.message.say(said, "error"))
        self._connect_more()
        buttons = MouseButtons(self, self.navigation.back, self.navigation.forward)
        self.detail.completed.connect(buttons.watch)
        self.bar.charts.toggled.connect(buttons.watch)
        self._follow()
        self.refill()
        self._show_state()
        self._show_detail()

    def _connect_more(self) -> None:
        bar, detail, lists = self.bar, self.detail, self.lists
        bar.charts.toggled.connect(self._show_charts)
        bar.fires.toggled.connect(lambda on: self.fires.ask() if on else self.fires.leave())
        bar.lists.clicked.connect(self._open_lists)
        self.fires.changed.connect(self._follow_fires)
        self.fires.failed.connect(self._say_failed)
        self.charts.concept_chosen.connect(self._show_concept_in_grid)
        self.charts.said.connect(self._say)
        self.charts.failed.connect(self._say_failed)
        lists.brush_wanted.connect(self.actions_of.paint_with_list)
        lists.said.connect(self._say)
        lists.failed.connect(self._say_failed)
        lists.undoable.connect(
            lambda said, undo: self.message.say(said, "info", "Undo", undo, passing=True)
        )
        self.actions_of.said.connect(self._say)
        self.actions_of.failed.connect(self._say_failed)
        detail.paint.connect(lambda: self.actions_of.paint_with(self._looked_at()))
        detail.add_to_brush.connect(
            lambda: self.actions_of.open_brushes(detail.add_button, self._looked_at())
        )
        detail.notes.lists_wanted.connect(
            lambda button: self.actions_of.open_lists(button, self._looked_at())
        )
        self.grid.menu_wanted.connect(lambda at: self.actions_of.open_menu(at, self.grid.chosen()))
        self.grid.picture_dropped.connect(self._take_picture)
        detail.own_picture.order_wanted.connect(self.fires.ask_picture)
        self.notes.changed.connect(self._follow_notes)
        self.foot.export.clicked.connect(lambda: self.export())
        self.foot.measure.clicked.connect(self._measure)
        self.foot.more.clicked.connect(self._show_more)

    def _arrange(self) -> None:
        units = QWidget(self)
        self._units = QStackedLayout(units)
        self._units.addWidget(self.grid)
        self._units.addWidget(self.nothing)
        self._units.addWidget(self.charts)
        self.splitter = QSplitter(Qt.Orientation.Horizontal, self)
        self.splitter.addWidget(units)
        self.splitter.addWidget(self.detail)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.splitter.setChildrenCollapsible(False)
        browse = _Pages(self)
        column = QVBoxLayout(browse)
        column.setContentsMargins(GRID, GRID, GRID, 4)
        column.setSpacing(GRID)
        column.addWidget(self.bar)
        column.addWidget(self.splitter, 1)
        column.addWidget(self.foot)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(browse)
        self._stack.addWidget(self.empty)
        self._browse = browse

    def refill(self) -> None:
        """Show the units that the filter lets through."""
        table = self.browsed.table
        if table is None:
            self.model.show_units(None, [])
            return
        chosen, order = self.bar.filter, self.bar.order
        written = partial(self.notes.text_of, table.name)
        units = table.shown(chosen, order, written, self.fires.rarities)
        self.model.show_units(table, units, self.fires.rarities, chosen.concept)
        if not self.bar.charts.isChecked():
            self._units.setCurrentWidget(self.grid if units else self.nothing)
        self.grid.show_current()
        lacks = table.layer.relations is None and self.browsed.drawable
        self.foot.show_units(table, units, chosen, self.pictures.reason, lacks)
        self.ways.elsewhere.look(chosen)

    def _show_more(self) -> None:
        """The units that match the concept under another label, too."""
        self.grid.setFocus()  # the button goes, and the next one shall not have its keys
        self.bar.narrow(least=INTERPRETABLE)

    def show_concept(self, concept: Concept) -> None:
        """Show the units of a concept of this layer, which is painted with from now on."""
        self.bar.narrow(concept=concept)
        self._choose_to_paint(concept)

    def step(self, by: int) -> None:
        """Look at the next unit of the grid, or the one before."""
        row = self.model.row_of(self.browsed.unit) + by
        if 0 <= row < len(self.model.units):
            self.browsed.choose_unit(self.model.units[row])

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        self.detail.retheme()
        self.grid.viewport().update()
        self.charts.refill()

    def close_threads(self) -> None:
        """End what runs in the background; the window closes."""
        self.detail.notes.keep()
        self.opening.close()
        self.navigation.close()
        self.pictures.close()
        self.sample.close()

    def wait_for_pictures(self, patience: int = 60_000) -> None:
        """Wait until the pictures of what is in view are there; for screenshots.

        Args:
            patience: milliseconds at most.
        """
        loop = QEventLoop()
        timer = QTimer(self, interval=50)
        late = QTimer(self, singleShot=True, interval=patience)
        late.timeout.connect(loop.quit)

        def look() -> None:
            self.grid.grab()  # tiles ask for their pictures when they are drawn
            if not (self.navigation.busy or self.pictures.waiting or self.detail.waiting):
                loop.quit()

        timer.timeout.connect(look)
        timer.start()
        late.start()
        loop.exec()
        timer.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes the detail."""
        if event.key() == Qt.Key.Key_Escape and self.browsed.unit is not None:
            self.browsed.choose_unit(None)
        else:
            super().keyPressEvent(event)

    def export(self, path: Path | None = None) -> None:
        """Write the units that are shown; None asks where."""
        self.exporter.export(path)

    def _measure(self) -> None:
        """Have what is missing measured, as a job; the result is browsed when it is there."""
        job = relating(self._context, self.browsed)
        if job is None:
            return
        arguments, target = job
        if self._context.jobs is None:
            QGuiApplication.clipboard().setText(shlex.join(["dissection", *arguments]))
            self._say("The command that measures it is on the clipboard; run it in a terminal.")
            return
        title = f"Relate the units of {target.name}"
        self._context.jobs.submit(title, arguments, lambda: self.opening.read(target))
        self._say("It is measured in the background; the result opens here.")

    def _looked_at(self) -> list[int]:
        return [] if self.browsed.unit is None else [self.browsed.unit]

    def _say(self, text: str) -> None:
        self.message.say(text, passing=True)

    def _say_failed(self, text: str) -> None:
        if not self.fires.on:
            self.bar.fires.setChecked(False)
        self.message.say(text, "error")

    def _show_charts(self, on: bool) -> None:
        self.foot.export.setVisible(not on)  # the charts have one of their own
        if on:
            self._units.setCurrentWidget(self.charts)
            self.charts.refill()
        else:
            self.refill()

    def _show_concept_in_grid(self, concept: Concept) -> None:
        self.bar.charts.setChecked(False)
        self.bar.clear()
        self.show_concept(concept)

    def _open_lists(self) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.lists.fill(menu, self.grid.chosen)
        menu.popup(self.bar.lists.mapToGlobal(self.bar.lists.rect().bottomLeft()))

    def _follow_notes(self) -> None:
        if self.bar.filter.text:
            self.refill()
        self.ways.asked.follow()

    def _take_picture(self, path: Path) -> None:
        """A picture was dropped on the units: they are ordered by it, and tried on it."""
        given = GivenPicture(path)
        self.fires.ask_picture(given)
        if self.detail.own_picture.takes:
            self.detail.own.take(given)

    def _follow_fires(self) -> None:
        known = self.fires.rarities is not None
        self.bar.fires.blockSignals(True)
        self.bar.fires.setChecked(self.fires.on)
        self.bar.fires.blockSignals(False)
        self.bar.know_fires(known)
        if known:
            self.bar.sort_by("fires")
            self._say(f"The units whose peak on {self.fires.about} is rarest come first.")
        else:
            self.refill()

    def _show_arrived(self) -> None:
        """The unit that was gone to is among those that are shown."""
        self.bar.charts.setChecked(False)
        if self.model.row_of(self.browsed.unit) < 0:
            self.bar.clear()
        elif not self.bar.filter.text:
            self.bar.search.forget()
        self.grid.setFocus()

    def _show_detail(self) -> None:
        there = self.browsed.unit is not None
        if there and self.detail.isHidden():
            # Whole columns of the grid, and what is left for the detail.
            room = self.splitter.width()
            columns = max(1, round(room * 0.45) // TILE.width())
            grid = min(columns * TILE.width() + _SCROLL_BAR, room - self.detail.minimumWidth())
            self.detail.show()
            self.splitter.setSizes([grid, room - grid])
        self.detail.setVisible(there)

    def _show_state(self) -> None:
        there = self.browsed.dissection is not None
        self._stack.setCurrentWidget(self._browse if there else self.empty)

    def _choose_to_paint(self, concept: Concept | None) -> None:
        """What the grid is narrowed to is in hand when one goes on painting."""
        if concept is not None and self.browsed.paintable:
            self._context.selection.choose_concept(concept)

    def _follow(self) -> None:
        """The palette's concept filters, where the dissection that is browsed knows it."""
        concept, dissection = self._context.selection.concept, self.browsed.dissection
        known = dissection is not None and (concept is None or concept in dissection.vocabulary)
        if self.bar.follow.isChecked() and known:
            self.bar.narrow(concept=concept)


class _Pages(QWidget):
    """Bar, grid and foot, as high as there is room.

    The bar wraps, so that its height depends on its width, but not that of everything: a window
    that scrolls where it is too small would do so whenever the grid is lower than it likes to be.
    """

    def hasHeightForWidth(self) -> bool:
        """Qt calls this."""
        return False
