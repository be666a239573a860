"""The panels beside the canvas: docked, closed, and brought back from the View menu."""

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu, QTabWidget, QWidget

_LEFT, _RIGHT = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea


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
    docks += [_dock(window, title, panel, _RIGHT) for title, panel in right]
    tabs = docks[1:]
    window.setTabPosition(_RIGHT, QTabWidget.TabPosition.North)
    for one, other in pairwise(tabs):
        window.tabifyDockWidget(one, other)
    tabs[0].raise_()
    for dock in docks:
        # One that comes back lies before its neighbours.
        dock.toggleViewAction().triggered.connect(dock.raise_)
        dock.toggleViewAction().toggled.connect(lambda _on: _title(tabs))
    _title(tabs)
    widths = [panel.sizeHint().width() for _, panel in (left, right[0])]
    window.resizeDocks(docks[:2], widths, Qt.Orientation.Horizontal)
    return tuple(docks)


def fill_with_docks(menu: QMenu, docks: Sequence[QDockWidget]) -> None:
    """Offer to close the docks and to bring them back."""
    for dock in docks:
        menu.addAction(dock.toggleViewAction())


def _dock(window: QMainWindow, title: str, panel: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
    dock = QDockWidget(title, window)
    dock.setObjectName(title.lower())
    dock.setWidget(panel)
    panel.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    window.addDockWidget(area, dock)
    return dock


def _title(tabs: Sequence[QDockWidget]) -> None:
    """Docks say what they are by their tabs, or by a title where one is alone."""
    alone = sum(dock.toggleViewAction().isChecked() for dock in tabs) < 2
    for dock in tabs:
        bare = dock.titleBarWidget()
        if alone and bare is not None:
            dock.setTitleBarWidget(None)  # type: ignore[arg-type]  # None is Qt's own title
            bare.deleteLater()
        elif not alone and bare is None:
            dock.setTitleBarWidget(QWidget(dock))
