"""The menu of the user's lists of units: show, paint with, add to, change, export, import."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QInputDialog, QMenu, QWidget

from dissection.errors import DissectionError
from ganpaint.toolkit.file_dialogs import ask_file, ask_new_file
from ganpaint.toolkit.plain import in_menu
from ganpaint.units.browsed import Browsed
from ganpaint.units.notes import Notes
from ganpaint.units.notes_file import Place

_FILES = "Notes (*.json);;All files (*)"


class ListsMenu(QObject):
    """Fills menus about lists.

    Signals:
        shown(str): the units of a list are to be shown.
        noted_wanted: the units with notes are to be shown.
        brush_wanted(str): a brush is to be made of a list's units.
        said(str): what was done, a sentence.
        undoable(str, object): what was done, and a function that takes it back.
        failed(str): what went wrong, a sentence.
    """

    shown = Signal(str)
    noted_wanted = Signal()
    brush_wanted = Signal(str)
    said = Signal(str)
    undoable = Signal(str, object)
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
        noted = menu.addAction(f"With notes  ({len(self._notes.noted)})")
        noted.setEnabled(bool(self._notes.noted))
        noted.triggered.connect(self.noted_wanted)
        menu.addSeparator()
        for name, places in self._notes.lists.items():
            one = menu.addMenu(in_menu(f"{name}  ({len(places)})"))
            one.addAction("Show its units").triggered.connect(partial(self._show, name))
            brush = one.addAction("Make a brush of it")
            brush.setEnabled(self._browsed.paintable and bool(places))
            brush.triggered.connect(partial(self._brush, name))
            one.addAction("Copy the addresses").triggered.connect(partial(self._copy, name))
            one.addSeparator()
            one.addAction("Rename…").triggered.connect(partial(self._ask_name, name))
            off = one.addAction("Take the chosen units off it")
            off.setEnabled(bool(self._on_list(name, chosen())))
            off.triggered.connect(lambda _=False, name=name: self.take_off(name, chosen()))
            one.addAction("Delete the list").triggered.connect(partial(self.delete, name))
        self._fill_elsewhere(menu)
        menu.addSeparator()
        add = menu.addMenu("Add the chosen units to")
        self.fill_add(add, chosen)
        menu.addSeparator()
        menu.addAction("Export notes and lists…").triggered.connect(lambda: self.export())
        menu.addAction("Import notes and lists…").triggered.connect(lambda: self.take())

    def _fill_elsewhere(self, menu: QMenu) -> None:
        """Lists of other networks, which are shown where one of their dissections is at hand."""
        elsewhere = self._notes.lists_elsewhere
        if elsewhere:
            others = menu.addMenu("Of other networks")
            for digest, model, name, count in elsewhere:
                words = in_menu(f"{name}  ({count}, {model})")
                action = others.addAction(words)
                action.triggered.connect(partial(self.show_elsewhere, digest, model, name))

    def show_elsewhere(self, digest: str, model: str, name: str, _: bool = False) -> None:
        """Browse the network of a list, and show its units."""
        for loaded in self._browsed.choices:
            if self._notes.is_of(loaded.dissection, digest):
                self._browsed.browse(loaded)
                self.shown.emit(name)
                return
        self.failed.emit(f"No dissection of {model} is open; open one to see the list {name}.")

    def fill_off(self, menu: QMenu, units: Sequence[int]) -> None:
        """The lists that units can be taken off."""
        menu.clear()
        for name in self._notes.lists:
            if self._on_list(name, units):
                action = menu.addAction(in_menu(name))
                action.triggered.connect(lambda _=False, name=name: self.take_off(name, units))

    def take_off(self, name: str, units: Sequence[int]) -> None:
        """Take units off a list; that can be taken back."""
        before = list(self._notes.lists.get(name, []))
        gone = self._on_list(name, units)
        if gone:
            self._notes.remove_from_list(name, gone)
            said = f"{_units(len(gone))} taken off the list {name}."
            self.undoable.emit(said, lambda: self._notes.set_list(name, before))

    def rename(self, name: str, wanted: str) -> None:
        """Call a list otherwise."""
        try:
            self._notes.rename_list(name, wanted)
        except DissectionError as error:
            self.failed.emit(str(error))

    def delete(self, name: str, _: bool = False) -> None:
        """Take a list away; that can be taken back."""
        before = list(self._notes.lists.get(name, []))
        self._notes.set_list(name, None)
        said = f"The list {name} is gone; its units' names and notes stay."
        self.undoable.emit(said, lambda: self._notes.set_list(name, before))

    def _on_list(self, name: str, units: Sequence[int]) -> list[Place]:
        layer, listed = self._browsed.layer, self._notes.lists.get(name, [])
        return [(layer, unit) for unit in units if (layer, unit) in listed]

    def _ask_name(self, name: str, _: bool = False) -> None:
        wanted, given = QInputDialog.getText(
            self._over, "Rename a list", "Name of the list:", text=name
        )
        if given:
            self.rename(name, wanted)

    def fill_add(self, menu: QMenu, chosen: Callable[[], Sequence[int]]) -> None:
        """The lists that units can be put on."""
        menu.clear()
        layer = self._browsed.layer
        for name in self._notes.lists:
            action = menu.addAction(in_menu(name))
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
        self.said.emit(f"{_units(len(places))} on the list {name}.")

    def export(self, path: Path | None = None) -> None:
        """Write this network's notes and lists to a file; None asks which."""
        if path is None:
            path, _ = ask_new_file(
                self._over, "Export notes and lists", "unit-notes.json", _FILES, "notes"
            )
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
            path = ask_file(self._over, "Import notes and lists", _FILES, "notes")
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

    def _copy(self, name: str) -> None:
        dissection = self._browsed.dissection
        if dissection is not None:
            places = self._notes.lists.get(name, [])
            lines = [str(self._browsed.address_of(*place)) for place in places]
            QGuiApplication.clipboard().setText("\n".join(lines))
            self.said.emit(f"Copied {len(lines)} addresses.")


def _units(count: int) -> str:
    return f"{count} unit{'' if count == 1 else 's'}"
