"""The menu bar: entries of the tabs and of the window, merged by the titles of menus."""

from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QMenuBar

from ganpaint.tabs.tab import Tab, TabMenu

_FIRST = ("File", "Edit", "View", "Model")
_LAST = "Help"


class Menus:
    """Merges menus into a menu bar, and shows of each tab's what belongs to the one looked at.

    In each menu the tabs' entries come first, in the order in which the tabs were made, and the
    window's own last.

    Args:
        bar: of the window.
        own: the window's entries.
    """

    def __init__(self, bar: QMenuBar, own: tuple[TabMenu, ...]) -> None:
        self._bar = bar
        self._menus: dict[str, QMenu] = {}
        self._parts: dict[str, list[tuple[str, TabMenu]]] = {}
        self._lines: list[QAction] = []
        for title in (*_FIRST, _LAST):
            self._add_menu(title)
        self._own = {menu.title: menu for menu in own}
        for title in self._own:
            self._menu(title)

    def __getitem__(self, title: str) -> QMenu:
        return self._menus[title]

    def take(self, name: str, tab: Tab) -> None:
        """Take up the entries of a tab."""
        for part in tab.menus():
            menu = self._menu(part.title)
            self._parts[part.title].append((name, part))
            if part.fill is not None:
                menu.aboutToShow.connect(partial(part.fill, menu))

    def show(self, name: str) -> None:
        """Show what belongs to a tab, and what is everywhere."""
        lines, self._lines = self._lines, []
        for title, menu in self._menus.items():
            for action in menu.actions():
                menu.removeAction(action)
            shown = [p for of, p in self._parts[title] if of == name or p.everywhere]
            own = self._own.get(title)
            for part in (*shown, *((own,) if own else ())):
                if menu.actions():
                    self._lines.append(menu.addSeparator())
                for entry in part.entries:
                    if entry is None:
                        self._lines.append(menu.addSeparator())
                    elif isinstance(entry, QMenu):
                        menu.addMenu(entry)
                    else:
                        menu.addAction(entry)
                if part.fill is not None:
                    part.fill(menu)
            menu.menuAction().setVisible(bool(menu.actions()))
        for line in lines:
            line.deleteLater()

    def _menu(self, title: str) -> QMenu:
        return self._menus[title] if title in self._menus else self._add_menu(title)

    def _add_menu(self, title: str) -> QMenu:
        menu = QMenu(f"&{title}", self._bar)
        menu.setToolTipsVisible(title == "Model")
        if _LAST in self._menus:
            self._bar.insertMenu(self._menus[_LAST].menuAction(), menu)
        else:
            self._bar.addMenu(menu)
        self._menus[title] = menu
        self._parts[title] = []
        return menu
