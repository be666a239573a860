"""The main window: shows tabs, merges their menus, and knows nothing of what they do."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QKeySequence,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QMainWindow

from ganpaint.jobs.job_list import JobList
from ganpaint.tabs.context import WindowContext
from ganpaint.tabs.tab import TabKind, TabMenu
from ganpaint.toolkit.settings import Settings
from ganpaint.toolkit.shortcuts import SHORTCUTS
from ganpaint.toolkit.theme import THEMES, Theme
from ganpaint.window.closing import ask_about_jobs
from ganpaint.window.dissect_menu import DissectMenu
from ganpaint.window.jobs_dock import JobsDock
from ganpaint.window.menus import Menus
from ganpaint.window.tab_registry import TABS
from ganpaint.window.tab_stack import TabStack

if TYPE_CHECKING:
    from ganpaint.window.help_dialogs import GuideDialog
    from ganpaint.window.shortcuts_dialog import ShortcutsDialog

_USUAL, _LEAST = QSize(1280, 800), QSize(960, 600)
#: What a window manager puts around a window, at most.
_FRAME = QSize(8, 40)


class MainWindow(QMainWindow):
    """The window of the program.

    Args:
        options: of the command line.
        theme: applied already.
        settings: what is remembered.
        data: folder where unsaved work outlives a crash, and brushes of one's own are kept; None
            keeps none.
        kinds: the tabs.

    Attributes:
        context: what the tabs share.
        stack: the tabs.
        menus: the menu bar.
        jobs: everything that takes time.
        jobs_dock: shows it.
        dissecting: the menu Dissect.
        help: the table of keys; None until it is asked for.
        guide: the guide; None until it is asked for.
    """

    def __init__(
        self,
        options: argparse.Namespace,
        theme: Theme,
        settings: Settings,
        data: Path | None = None,
        kinds: Sequence[TabKind] = TABS,
    ) -> None:
        super().__init__()
        self.setObjectName("ganpaint")
        self.resize(_USUAL)
        self.setMinimumSize(_LEAST)
        self.setAcceptDrops(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.theme = theme
        self.settings = settings
        self.help: ShortcutsDialog | None = None
        self.guide: GuideDialog | None = None
        self._begun = False
        self.stack = TabStack(kinds, self)
        self.setCentralWidget(self.stack)
        self.context = WindowContext(settings, theme, options, self.stack.message, data, self)
        self.context.titled.connect(self._show_title)
        self.jobs = JobList(data and data / "jobs", parent=self)
        self.context.jobs = self.jobs
        self.jobs_dock = JobsDock(self.jobs, self)
        self.stack.add_corner(self.jobs_dock.line)
        self.dissecting = DissectMenu(self.context, self.jobs, self.jobs_dock, self)
        self.menus = Menus(self.menuBar(), (*self._own_menus(), self.dissecting.menu()))
        self.stack.made.connect(lambda name: self.menus.take(name, self.stack.tabs[name]))
        self.stack.shown.connect(self.menus.show)
        self.stack.begin(self.context)
        self.menus.show(self.stack.current)
        self._add_tab_keys()
        settings.restore(self)

    def fit_screen(self, available: QSize) -> None:
        """Be no larger than the screen, and let it be as small as that.

        Args:
            available: what a screen has beside panels and docks, in device-independent pixels:
                with a scale factor of 2 half of those that it is sold with.
        """
        room = available - _FRAME
        self.setMinimumSize(_LEAST.boundedTo(room))
        self.resize(self.size().boundedTo(room))

    def _own_menus(self) -> tuple[TabMenu, ...]:
        leave, keys = self._action("quit"), self._action("shortcuts")
        guide, about = self._action("guide"), self._action("about")
        guide.triggered.connect(self.show_guide)
        about.triggered.connect(self.show_about)
        leave.triggered.connect(self.close)
        keys.triggered.connect(self.show_shortcuts)
        group = QActionGroup(self)
        for name in THEMES:
            action = group.addAction(f"{name.capitalize()} theme")
            action.setCheckable(True)
            action.setChecked(name == self.theme.name)
            action.triggered.connect(lambda _checked=False, name=name: self.set_theme(name))
        return (
            TabMenu("File", [leave]),
            TabMenu("View", group.actions()),
            TabMenu("Help", [guide, keys, None, about]),
        )

    def _action(self, name: str) -> QAction:
        row = SHORTCUTS[name]
        action = QAction(row.text, self)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(key) for key in row.keys])
        self.addAction(action)
        return action

    def _add_tab_keys(self) -> None:
        for place, name in enumerate(self.stack.names):
            action = QAction(self)
            action.setShortcut(QKeySequence(f"Alt+{place + 1}"))
            action.triggered.connect(lambda _=False, name=name: self.stack.show_tab(name))
            self.addAction(action)

    def set_theme(self, name: str) -> None:
        """Take another theme, ``dark`` or ``light``, and remember it."""
        application = QApplication.instance()
        assert isinstance(application, QApplication), "a window lives in an application"
        self.theme.apply(application, name)
        self.settings.theme = name
        self.stack.retheme()

    def show_shortcuts(self) -> None:
        """Show the table of keys beside the window; work goes on."""
        from ganpaint.window.shortcuts_dialog import ShortcutsDialog

        if self.help is None:
            self.help = ShortcutsDialog(self)
        self.help.show()
        self.help.raise_()

    def show_about(self) -> None:
        """Say what this program is, and of which version."""
        from ganpaint.window.help_dialogs import AboutDialog

        AboutDialog(self).open()

    def show_guide(self) -> None:
        """Show the guide beside the window; work goes on."""
        from ganpaint.window.help_dialogs import GuideDialog

        if self.guide is None:
            self.guide = GuideDialog(self)
        self.guide.show()
        self.guide.raise_()

    def open_path(self, path: Path) -> None:
        """Give a file to the tab it is for, or the one that is looked at, or any that takes it."""
        self.stack.show_tab_for(path)
        tabs = self.stack.tabs
        here = tabs.pop(self.stack.current)
        for tab in (here, *tabs.values()):
            if tab.open_path(path):
                return

    def showEvent(self, event: QShowEvent) -> None:
        """The first time: the tab begins, now that there is something to see."""
        super().showEvent(event)
        if not self._begun:
            self._begun = True
            self.stack.tabs[self.stack.current].activate()
            self.jobs.begin()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc, wherever the focus is, leaves what the tab is at."""
        if event.key() == Qt.Key.Key_Escape:
            self.stack.put_away()
            self.stack.tabs[self.stack.current].escape()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """One file can be dropped; opening it says what it is."""
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what was dropped."""
        path = _dropped(event)
        if path is not None:
            event.acceptProposedAction()
            self.open_path(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Vanish at once, then let the tabs end; one of them may keep the window open."""
        tabs = self.stack.tabs.values()
        kept = ask_about_jobs(self.jobs, self)
        if kept is None or not all(tab.may_close() for tab in tabs):
            event.ignore()
            return
        self.settings.keep(self)
        super().closeEvent(event)
        self.hide()
        self.dissecting.close()
        for tab in tabs:
            tab.close()
        self.jobs.close(keep_running=kept)

    def _show_title(self, title: str, modified: bool) -> None:
        self.setWindowTitle(title)
        self.setWindowModified(modified)


def _dropped(event: QDropEvent) -> Path | None:
    """The one file that a drag carries."""
    urls = event.mimeData().urls()
    path = urls[0].toLocalFile() if len(urls) == 1 else ""
    return Path(path) if path else None
