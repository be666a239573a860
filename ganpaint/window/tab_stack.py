"""The row of tabs and what is below it; tabs are made when they are first shown."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from ganpaint.tabs.context import WindowContext
from ganpaint.tabs.tab import Tab, TabKind
from ganpaint.toolkit.icons import icon
from ganpaint.toolkit.notice import Notice
from ganpaint.toolkit.theme import GRID, ICON_PX
from ganpaint.window.tab_page import TabPage
from ganpaint.window.tab_registry import make_tab


class TabStack(QWidget):
    """Shows one tab at a time; a single tab needs no row.

    Attributes:
        bar: the row of tabs.
        pages: those of the tabs that were made.
        message: sentences about what is no tab's, such as jobs, in the row: they cover nothing, and
            nothing moves for them.

    Signals:
        made(str): a tab was made.
        shown(str): another tab is looked at.
    """

    made = Signal(str)
    shown = Signal(str)

    def __init__(self, kinds: Sequence[TabKind], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kinds = {kind.name: kind for kind in kinds}
        self._names = tuple(self._kinds)
        self._tabs: dict[str, Tab] = {}
        self._pages: dict[str, TabPage] = {}
        self._context: WindowContext | None = None
        self._current = ""
        self.bar = QTabBar(self)
        self.bar.setObjectName("tabs")
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setIconSize(QSize(ICON_PX, ICON_PX))
        for place, kind in enumerate(kinds):
            self.bar.addTab(kind.title)
            self.bar.setTabToolTip(place, f"{kind.tip}  (Alt+{place + 1})")
        self.pages = QStackedWidget(self)
        self._row = QWidget(self)
        row = QHBoxLayout(self._row)
        row.setContentsMargins(GRID, 0, GRID, 0)
        row.addWidget(self.bar)
        room = QWidget(self._row)
        self.message = Notice(room, Qt.AlignmentFlag.AlignTop, slim=True)
        self.message.installEventFilter(self)
        room.setMinimumHeight(self.message.line_height)
        row.addWidget(room, 1)
        self._corner = QWidget(self._row)
        corner = QHBoxLayout(self._corner)
        corner.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._corner)
        self._row.setVisible(len(kinds) > 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._row)
        column.addWidget(self.pages, 1)
        self.bar.currentChanged.connect(lambda place: self.show_tab(self._names[place]))

    def begin(self, context: WindowContext) -> None:
        """Make the first tab; it is activated once the window shows."""
        self._context = context
        context.tab_asked.connect(self.show_tab)
        self.retheme()
        self._make(self._names[0])
        self._current = self._names[0]

    @property
    def names(self) -> tuple[str, ...]:
        """Of all tabs, in order."""
        return self._names

    @property
    def current(self) -> str:
        """The name of the tab that is looked at."""
        return self._current

    @property
    def tabs(self) -> dict[str, Tab]:
        """The tabs that were made, by name."""
        return dict(self._tabs)

    def add_corner(self, widget: QWidget) -> None:
        """Put a small widget at the right end of the row: it is seen in all tabs.

        It gives way while something is said there.
        """
        layout = self._corner.layout()
        assert layout is not None, "made with it"
        layout.addWidget(widget)
        self._row.show()

    def put_away(self) -> None:
        """Put away what is said in the row, and below the tab that is looked at."""
        for notice in (self.message, self._pages[self._current].strip.notice):
            notice.put_away()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Something is said in the row, or no longer."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._corner.setVisible(self.message.isHidden())
        return False

    def show_tab(self, name: str) -> None:
        """Look at a tab; a name that this window has not is no harm."""
        if name not in self._kinds or name == self._current:
            return
        if self._current:
            self._tabs[self._current].deactivate()
        self._make(name)
        self._current = name
        self.pages.setCurrentWidget(self._pages[name])
        self.bar.setCurrentIndex(self._names.index(name))
        self.shown.emit(name)
        if self.isVisible():
            self._tabs[name].activate()  # else the window does, once it shows

    def show_tab_for(self, path: Path) -> None:
        """Look at the tab that a path is for by its name, where there is one."""
        found = next((kind.name for kind in self._kinds.values() if kind.is_for(path)), None)
        if found is not None:
            self.show_tab(found)

    def step(self, steps: int) -> None:
        """Look at the next tab, or the one before; after the last comes the first."""
        place = (self._names.index(self._current) + steps) % len(self._names)
        self.show_tab(self._names[place])

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        assert self._context is not None, "begin comes first"
        for place, kind in enumerate(self._kinds.values()):
            self.bar.setTabIcon(place, icon(kind.icon, self._context.theme.colors))
        for tab in self._tabs.values():
            tab.retheme()

    def _make(self, name: str) -> None:
        if name not in self._tabs:
            assert self._context is not None, "begin comes first"
            page = self._pages[name] = TabPage(self.pages)
            self._context.give_message(name, page.strip.notice)
            self._tabs[name] = make_tab(self._kinds[name], self._context)
            page.take(self._tabs[name].widget)
            self.pages.addWidget(page)
            self.made.emit(name)
