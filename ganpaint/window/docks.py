"""The panels beside the canvas: docked, closed, and brought back from the View menu."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import (
    QDockWidget,
    QFrame,
    QMainWindow,
    QScrollArea,
    QTabBar,
    QTabWidget,
    QToolButton,
    QWidget,
)

from ganpaint.toolkit.icons import icon
from ganpaint.toolkit.theme import Theme

_LEFT, _RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
_RIGHT_SIDE = QTabBar.ButtonPosition.RightSide
_CROSS = 12


def add_docks(
    window: QMainWindow, left: tuple[str, QWidget], right: Sequence[tuple[str, QWidget]]
) -> tuple[QDockWidget, ...]:
    """Dock one panel on the left and several, as tabs, on the right.

    Args:
        window: gets them.
        left: a title and the panel.
        right: titles and panels; the first lies before the others.

    Returns:
        The docks, in this order.
    """
    docks = [_dock(window, *left, _LEFT)]
    docks += [_dock(window, title, _scrolling(panel), _RIGHT) for title, panel in right]
    tabs = docks[1:]
    window.setTabPosition(_RIGHT, QTabWidget.TabPosition.North)
    for one, other in pairwise(tabs):
        window.tabifyDockWidget(one, other)
    tabs[0].raise_()
    for dock in docks:
        # One that comes back lies before its neighbors.
        dock.toggleViewAction().triggered.connect(dock.raise_)
        dock.toggleViewAction().toggled.connect(lambda _on: _title(tabs))
    _title(tabs)
    widths = [panel.sizeHint().width() for _, panel in (left, right[0])]
    window.resizeDocks(docks[:2], widths, Qt.Orientation.Horizontal)
    return tuple(docks)


def _dock(window: QMainWindow, title: str, panel: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
    dock = QDockWidget(title, window)
    dock.setObjectName(title.lower())
    dock.setWidget(panel)
    panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    window.addDockWidget(area, dock)
    return dock


class _Scrolling(QScrollArea):
    """Never narrower than its panel, also when what is in it changes: it scrolls downwards only."""

    def minimumSizeHint(self) -> QSize:
        """As wide as the panel has to be."""
        least = super().minimumSizeHint()
        panel = self.widget()
        return least if panel is None else QSize(panel.minimumSizeHint().width(), least.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The panel needs another width."""
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)


def _scrolling(panel: QWidget) -> QScrollArea:
    """A panel that scrolls where the window is lower than it needs."""
    area = _Scrolling()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(panel)
    for part in (area.viewport(), panel):  # the dock's own ground shows through
        part.setAutoFillBackground(False)
    panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    return area


class TabCrosses(QObject):
    """Gives the tabs of docks a cross: Qt makes their bar anew whenever docks come and go."""

    def __init__(self, window: QMainWindow, docks: Sequence[QDockWidget], theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self._docks = docks
        self._theme = theme
        window.installEventFilter(self)

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        for bar in self._bars():
            for cross in bar.findChildren(QToolButton, "cross"):
                cross.setIcon(icon("delete", self._theme.colors))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The layout changes whenever a bar gets another tab."""
        if event.type() == QEvent.Type.LayoutRequest:
            for bar in self._bars():
                for place in range(bar.count()):
                    if bar.tabButton(place, _RIGHT_SIDE) is None:
                        bar.setTabButton(place, _RIGHT_SIDE, self._cross(bar))
        return False

    def _bars(self) -> list[QTabBar]:
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        return self._window.findChildren(QTabBar, options=direct)

    def _cross(self, bar: QTabBar) -> QToolButton:
        cross = QToolButton(bar)
        cross.setObjectName("cross")
        cross.setIcon(icon("delete", self._theme.colors))
        cross.setIconSize(QSize(_CROSS, _CROSS))
        cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        cross.setToolTip("Close this panel; the View menu brings it back")
        cross.clicked.connect(partial(self._close, bar, cross))
        return cross

    def _close(self, bar: QTabBar, cross: QToolButton) -> None:
        places = range(bar.count())
        title = next(bar.tabText(i) for i in places if bar.tabButton(i, _RIGHT_SIDE) is cross)
        next(dock for dock in self._docks if dock.windowTitle() == title).close()


def _title(tabs: Sequence[QDockWidget]) -> None:
    """Docks say what they are by their tabs, or by a title where one is alone."""
    alone = sum(dock.toggleViewAction().isChecked() for dock in tabs) < 2
    for dock in tabs:
        bare: QWidget | None = dock.titleBarWidget()  # Qt's own title is None
        if alone and bare is not None:
            dock.setTitleBarWidget(None)  # type: ignore[arg-type]  # None is Qt's own title
            bare.deleteLater()
        elif not alone and bare is None:
            dock.setTitleBarWidget(QWidget(dock))
