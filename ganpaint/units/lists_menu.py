"""The menu of the user's lists of units: show, paint with, add to, export, import."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMenu, QWidget

from dissection.errors import DissectionError
from ganpaint.units.address import UnitAddress
from ganpaint.units.browsed import Browsed
from ganpaint.units.notes import Notes
from ganpaint.units.notes_file import Place

_FILES = "Notes (*.json);;All files (*)"


class ListsMenu(QObject):
    """Fills menus about lists.

    Signals:
        shown(str): the units of a list are to be shown.
        brush_wanted(str): a brush is to be made of a list's units.
        said(str): what was done, a sentence.
        failed(str): what went wrong, a sentence.
    """

    shown = Signal(str)
    brush_wanted = Signal(str)
    said = Signal(str)
    failed = Signal(str)

    def __init__(self, browsed: Browsed, notes: Notes, parent: QWidget) -> None:
        super().__init__(parent)
        self._browsed = browsed
        self._notes = notes
        self._over = parent

    def fill(self, menu: QMenu, chosen: Callable[[], Sequence[int]]) -> None:
        """All that there is to do with lists.

        Args:
            menu: is emptied first.
            chosen: the units that are selected in the grid.
        """
        menu.clear()
        for name, places in self._notes.lists.items():
            one = menu.addMenu(f"{name.replace('&', '&&')}  ({len(places)})")
            one.addAction("Show its units").triggered.connect(partial(self._show, name))
            brush = one.addAction("Make a brush of it")
            brush.setEnabled(self._browsed.paintable and bool(places))
            brush.triggered.connect(partial(self._brush, name))
            one.addAction("Copy the addresses").triggered.connect(partial(self._copy, name))
            one.addSeparator()
            one.addAction("Delete the list").triggered.connect(partial(self._delete, name))
        if self._notes.lists:
            menu.addSeparator()
        add = menu.addMenu("Add the chosen units to")
        self.fill_add(add, chosen)
        menu.addSeparator()
        menu.addAction("Export notes and lists…").triggered.connect(lambda: self.export())
        menu.addAction("Import notes and lists…").triggered.connect(lambda: self.take())

    def fill_add(self, menu: QMenu, chosen: Callable[[], Sequence[int]]) -> None:
        """The lists that units can be put on."""
        menu.clear()
        layer = self._browsed.layer
        for name in self._notes.lists:
            action = menu.addAction(name.replace("&", "&&"))
            action.triggered.connect(
                lambda _=False, name=name: self.add(name, [(layer, u) for u in chosen()])
            )
        action = menu.addAction("New list…")
        action.triggered.connect(lambda: self._add_new([(layer, u) for u in chosen()]))

    def add(self, name: str, places: Sequence[Place]) -> None:
        """Put units on a list; a sentence says so."""
        if not places:
            self.failed.emit("Choose some units in the grid first; Ctrl and click takes several.")
            return
        try:
            self._notes.add_to_list(name, places)
        except DissectionError as error:
            self.failed.emit(str(error))
            return
        units = f"{len(places)} unit{'' if len(places) == 1 else 's'}"
        self.said.emit(f"{units} on the list {name}.")

    def export(self, path: Path | None = None) -> None:
        """Write this network's notes and lists to a file; None asks which."""
        if path is None:
            chosen, _ = QFileDialog.getSaveFileName(
                self._over, "Export notes and lists", "unit-notes.json", _FILES
            )
            path = Path(chosen) if chosen else None
        if path is not None:
            try:
                count = self._notes.export(path)
            except DissectionError as error:
                self.failed.emit(str(error))
            else:
                self.said.emit(f"{count} notes and lists in {path}.")

    def take(self, path: Path | None = None) -> None:
        """Take in what a file of notes holds; None asks which."""
        if path is None:
            chosen, _ = QFileDialog.getOpenFileName(
                self._over, "Import notes and lists", "", _FILES
            )
            path = Path(chosen) if chosen else None
        if path is not None:
            try:
                count = self._notes.take(path)
            except DissectionError as error:
                self.failed.emit(str(error))
            else:
                self.said.emit(f"{count} notes and lists came from {path}.")

    def _add_new(self, places: Sequence[Place]) -> None:
        if not places:
            self.add("", places)
            return
        name, given = QInputDialog.getText(self._over, "New list", "Name of the list:")
        if given:
            self.add(name, places)

    def _show(self, name: str) -> None:
        self.shown.emit(name)

    def _brush(self, name: str) -> None:
        self.brush_wanted.emit(name)

    def _delete(self, name: str) -> None:
        self._notes.delete_list(name)
        self.said.emit(f"The list {name} is gone; its units' names and notes stay.")

    def _copy(self, name: str) -> None:
        dissection = self._browsed.dissection
        if dissection is not None:
            places = self._notes.lists.get(name, [])
            lines = [str(UnitAddress(dissection.model, *place)) for place in places]
            QGuiApplication.clipboard().setText("\n".join(lines))
            self.said.emit(f"Copied {len(lines)} addresses.")
