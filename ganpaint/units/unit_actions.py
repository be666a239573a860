"""What is done with chosen units: painted with, put into brushes and on lists, copied."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from dissection.errors import DissectionError
from ganpaint.tabs.context import WindowContext
from ganpaint.toolkit.plain import in_menu
from ganpaint.units.browsed import Browsed
from ganpaint.units.lists_menu import ListsMenu
from ganpaint.units.notes import Notes


class UnitActions(QObject):
    """Menus about units, and what they do.

    Signals:
        said(str): what was done, a sentence.
        failed(str): why it could not be done, a sentence.
    """

    said = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        context: WindowContext,
        browsed: Browsed,
        notes: Notes,
        lists: ListsMenu,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._browsed = browsed
        self._lists = lists
        self._notes = notes
        self._over = parent

    def paint_with(self, units: Sequence[int], name: str = "") -> None:
        """Go to the canvas with a brush of these units."""
        if units and self._browsed.paintable:
            self._context.paint_with({self._browsed.layer: list(units)}, name)

    def paint_with_list(self, name: str) -> None:
        """Go to the canvas with a brush of the units of a list, of all its layers."""
        dissection = self._browsed.dissection
        units: dict[str, list[int]] = {}
        for layer, unit in self._notes.lists.get(name, []):
            if dissection is not None and layer in dissection.layers:
                units.setdefault(layer, []).append(unit)
        if units and self._browsed.paintable:
            self._context.paint_with(units, name)

    def open_menu(self, at: QPoint, units: Sequence[int]) -> None:
        """The menu of units that are selected in the grid."""
        if not units:
            return
        menu = self._menu()
        one = len(units) == 1
        paintable = self._browsed.paintable
        paint = menu.addAction("Paint with this unit" if one else "Paint with these units")
        paint.setEnabled(paintable)
        paint.triggered.connect(lambda: self.paint_with(units))
        brushes = menu.addMenu("Add to brush")
        brushes.setEnabled(paintable)
        self._fill_brushes(brushes, units)
        self._lists.fill_add(menu.addMenu("Add to list"), lambda: units)
        off = menu.addMenu("Take off list")
        self._lists.fill_off(off, units)
        off.setEnabled(not off.isEmpty())
        menu.addSeparator()
        copy = menu.addAction("Copy the address" if one else "Copy the addresses")
        copy.triggered.connect(lambda: self.copy(units))
        menu.popup(at)

    def open_brushes(self, button: QWidget, units: Sequence[int]) -> None:
        """The brushes of one's own that units can be added to."""
        menu = self._menu()
        self._fill_brushes(menu, units)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def open_lists(self, button: QWidget, units: Sequence[int]) -> None:
        """The lists that units can be put on, and taken off."""
        menu = self._menu()
        self._lists.fill_add(menu, lambda: units)
        off = QMenu("Take off", menu)
        self._lists.fill_off(off, units)
        if not off.isEmpty():
            menu.addSeparator()
            menu.addMenu(off)
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def copy(self, units: Sequence[int]) -> None:
        """Put the addresses of units on the clipboard, one a line."""
        dissection = self._browsed.dissection
        if dissection is not None:
            layer = self._browsed.layer
            lines = [str(self._browsed.address_of(layer, unit)) for unit in units]
            QGuiApplication.clipboard().setText("\n".join(lines))
            self.said.emit(f"Copied {', '.join(lines[:2])}{' …' if len(lines) > 2 else ''}.")

    def add_to_brush(self, name: str, units: Sequence[int]) -> None:
        """Put units into a brush of one's own, behind those that it has."""
        layer = self._browsed.layer
        try:
            added = self._context.add_to_brush({layer: list(units)}, name)
        except DissectionError as error:
            self.failed.emit(str(error))
            return
        if added:
            said = f"unit{'' if len(units) == 1 else 's'} {', '.join(map(str, units[:6]))}"
            self.said.emit(f"The brush {name} has {said} of {layer} now, too.")

    def _fill_brushes(self, menu: QMenu, units: Sequence[int]) -> None:
        for name in self._context.own_brushes():
            action = menu.addAction(in_menu(name))
            action.triggered.connect(lambda _=False, name=name: self.add_to_brush(name, units))
        if self._context.own_brushes():
            menu.addSeparator()
        menu.addAction("New brush").triggered.connect(lambda: self.paint_with(units))

    def _menu(self) -> QMenu:
        menu = QMenu(self._over)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu
