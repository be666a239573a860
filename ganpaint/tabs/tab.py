"""The contract between the window and its tabs.

The window knows nothing of what a tab does: it shows the tab's widget, merges its menus into the
menu bar, and tells it when it is looked at, when the theme changes and when everything ends. Tool
bars, docks and a status bar of a tab's own belong to its widget, which may be a ``QMainWindow``.

A new tab is one class and one line in ``ganpaint/window/tab_registry.py``.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

#: None is a line between entries.
Entry = QAction | QMenu | None


@dataclass(frozen=True)
class TabMenu:
    """Entries of a tab in one menu of the window's menu bar.

    Attributes:
        title: of the menu, without mnemonic: *File*, *Edit*, *View*, *Model*, *Help*, or one that
            the window has not; it gets a place of its own before *Help*.
        entries: in order; None draws a line. Shortcuts are the actions' own.
        everywhere: the entries are there, and their shortcuts work, in all tabs once this tab has
            been made; else only while it shows.
        fill: called with the menu whenever it is about to open, for entries that come and go.
    """

    title: str
    entries: Sequence[Entry] = ()
    everywhere: bool = False
    fill: Callable[[QMenu], None] | None = None


class Tab:
    """One tab of the window, made when it is first looked at.

    The constructor takes the ``WindowContext`` alone. It runs in the GUI thread, and must neither
    import torch nor wait for anything: begin work in ``activate``.

    Example:
        >>> class UnitsTab(Tab):
        ...     def __init__(self, context) -> None:
        ...         self._view = QWidget()
        ...
        ...     @property
        ...     def widget(self) -> QWidget:
        ...         return self._view
    """

    @property
    def widget(self) -> QWidget:
        """What is shown; always the same one. Actions added to it have their keys while it shows.

        Its ``windowTitle`` is of no account: ``WindowContext.titled`` says the window's.
        """
        raise NotImplementedError

    def menus(self) -> Sequence[TabMenu]:
        """What the tab adds to the menu bar; asked for once."""
        return ()

    def retheme(self) -> None:
        """Take the colors of the theme in force: icons, items, plots."""

    def activate(self) -> None:
        """The tab is looked at, for the first time or again; take the focus where that helps."""

    def deactivate(self) -> None:
        """Another tab is looked at, or the window closes: leave tools that are held."""

    def escape(self) -> None:
        """Esc was pressed and nothing else wanted it."""

    def open_path(self, path: Path) -> bool:
        """A file was dropped on the window or given to the command; whether it was for this tab."""
        return False

    def may_close(self) -> bool:
        """Whether the window may close; ask the person here if something would be lost."""
        return True

    def close(self) -> None:
        """The window is gone: end threads and child processes, keep what is unsaved."""

    def prepare_screenshot(self, options: argparse.Namespace) -> None:
        """Bring about what ``ganpaint --screenshot`` is to show, and wait until it is on screen.

        Raises:
            DissectionError: it cannot be shown.
        """


@dataclass(frozen=True)
class TabKind:
    """A tab before it is made.

    Attributes:
        name: what code, settings and ``--tab`` call it.
        title: on the tab.
        icon: a name of ``ganpaint.toolkit.icons``.
        tip: one sentence: what one does there.
        path: ``module:Class`` of the ``Tab``, imported when it is first shown.
        opens: names of files that it is for, such as ``ablation.json``: such a file, or a folder
            with one, is opened there whatever tab is looked at.
    """

    name: str
    title: str
    icon: str
    tip: str
    path: str
    opens: tuple[str, ...] = ()

    def is_for(self, path: Path) -> bool:
        """Whether a path is, by its name, something that this tab opens."""
        if path.is_dir():
            return any((path / name).is_file() for name in self.opens)
        return path.name in self.opens
