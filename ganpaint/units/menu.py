"""The menu *Units*: ways to units and back, addresses, lists, export."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QInputDialog, QLineEdit, QMenu

from ganpaint.tabs.tab import TabMenu
from ganpaint.toolkit.shortcuts import SHORTCUTS
from ganpaint.units.address import parse_address
from ganpaint.units.view import UnitsView


class UnitsMenu(QObject):
    """Makes the entries; their keys work while the tab shows.

    Attributes:
        lists: the menu of the user's lists, filled when it opens.
    """

    def __init__(self, view: UnitsView) -> None:
        super().__init__(view)
        self._view = view
        self._actions: dict[str, QAction] = {}
        ways = view.navigation
        does: dict[str, Callable[[], object]] = {
            "unit_search": self._search,
            "unit_go": self.ask_address,
            "unit_copy": self.copy,
            "unit_back": ways.back,
            "unit_forward": ways.forward,
            "unit_export": view.export,
        }
        for name, do in does.items():
            row = SHORTCUTS[name]
            action = QAction(row.text, view)
            action.setObjectName(name)
            action.setShortcuts([QKeySequence(key) for key in row.keys])
            action.setToolTip(row.tip)
            action.triggered.connect(partial(_do, do))
            self._actions[name] = action
        self.lists = QMenu("&Lists", view)
        self.lists.aboutToShow.connect(lambda: view.lists.fill(self.lists, view.grid.chosen))
        ways.changed.connect(self._follow)
        view.browsed.dissection_changed.connect(self._follow)
        self._follow()

    def __getitem__(self, name: str) -> QAction:
        return self._actions[name]

    @property
    def menu(self) -> TabMenu:
        """As the window takes it."""
        of = self._actions
        return TabMenu(
            "Units",
            [
                *(of["unit_search"], of["unit_go"], None),
                *(of["unit_back"], of["unit_forward"], None),
                *(of["unit_copy"], self.lists, None, of["unit_export"]),
            ],
        )

    def ask_address(self) -> None:
        """Ask where to go; an address on the clipboard is there already."""
        copied = QGuiApplication.clipboard().text().strip()
        known = copied if len(copied.splitlines()) == 1 and parse_address(copied) else ""
        text, given = QInputDialog.getText(
            self._view,
            "Go to a unit",
            "Address of a unit, such as storybook-church/layer4/123:",
            QLineEdit.EchoMode.Normal,
            known,
        )
        if given and text.strip():
            self._view.navigation.go_to(text)

    def copy(self) -> None:
        """Put the addresses of the chosen units on the clipboard, or that of the one looked at."""
        unit = self._view.browsed.unit
        units = self._view.grid.chosen() or ([] if unit is None else [unit])
        if units:
            self._view.actions_of.copy(units)

    def _search(self) -> None:
        self._view.bar.search.setFocus()
        self._view.bar.search.selectAll()

    def _follow(self) -> None:
        ways, there = self._view.navigation, self._view.browsed.dissection is not None
        for name in ("unit_search", "unit_export"):
            self._actions[name].setEnabled(there)
        self._actions["unit_copy"].setEnabled(self._view.browsed.unit is not None)
        for name, visit in (("unit_back", ways.before), ("unit_forward", ways.after)):
            self._actions[name].setEnabled(visit is not None)


def _do(do: Callable[[], object], _checked: bool = False) -> None:
    do()
