"""The window and its tabs: made late, menus merged, told what happens, asked before it closes."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from ganpaint.tabs.context import WindowContext
from ganpaint.tabs.tab import Tab, TabKind, TabMenu
from ganpaint.toolkit.settings import Settings
from ganpaint.toolkit.theme import Theme
from ganpaint.window import tab_registry
from ganpaint.window.main_window import MainWindow
from ganpaint.window.tab_registry import make_tab


class Recorder(Tab):
    """Writes down what the window tells it."""

    def __init__(self, context: WindowContext) -> None:
        self.told: list[str] = []
        self.keeps_open = False
        self.takes = ".own"
        self.widget_shown = QWidget()
        self.act = QAction("Act", self.widget_shown)
        self.act.setShortcut("K")
        self.act.triggered.connect(lambda: self.told.append("act"))
        self.widget_shown.addAction(self.act)

    @property
    def widget(self) -> QWidget:
        return self.widget_shown

    def menus(self) -> tuple[TabMenu, ...]:
        return (TabMenu("View", [self.act]),)

    def retheme(self) -> None:
        self.told.append("retheme")

    def activate(self) -> None:
        self.told.append("activate")

    def deactivate(self) -> None:
        self.told.append("deactivate")

    def escape(self) -> None:
        self.told.append("escape")

    def open_path(self, path: Path) -> bool:
        return path.suffix == self.takes

    def may_close(self) -> bool:
        return not self.keeps_open

    def close(self) -> None:
        self.told.append("close")


class Other(Recorder):
    """Has entries that are everywhere, and a menu that no other has."""

    def menus(self) -> tuple[TabMenu, ...]:
        self.filled = 0

        def fill(menu: QMenu) -> None:
            self.filled += 1

        return (TabMenu("File", [self.act], everywhere=True), TabMenu("Units", fill=fill))


KINDS = (
    TabKind("first", "First", "draw", "The first", f"{__name__}:Recorder"),
    TabKind("other", "Other", "erase", "The other", f"{__name__}:Other"),
)


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    theme = Theme()
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme.apply(application, "dark")
    made = MainWindow(argparse.Namespace(), theme, Settings(), kinds=KINDS)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    yield made
    for tab in made.stack.tabs.values():
        tab.keeps_open = False
    made.close()


def entries(window: MainWindow, title: str) -> list[str]:
    return [action.text() for action in window.menus[title].actions() if action.text()]


def test_every_tab_of_the_program_can_be_imported() -> None:
    names = [kind.name for kind in tab_registry.TABS]
    assert names[0] == "painter"
    assert len(set(names)) == len(names)
    for kind in tab_registry.TABS:
        module, _, name = kind.path.partition(":")
        assert issubclass(getattr(__import__(module, fromlist=[name]), name), Tab), kind


def test_what_is_no_tab_is_refused(window: MainWindow) -> None:
    with pytest.raises(TypeError, match="is no Tab"):
        make_tab(TabKind("x", "X", "draw", "", "pathlib:Path"), "nowhere")


def test_tabs_are_made_when_they_are_first_shown(window: MainWindow) -> None:
    assert set(window.stack.tabs) == {"first"}
    first = window.stack.tabs["first"]
    assert first.told == ["activate"]
    assert window.stack.bar.isVisible()
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    assert window.stack.current == "other"
    assert first.told == ["activate", "deactivate"]
    other = window.stack.tabs["other"]
    assert other.told == ["activate"]
    assert other.widget.isVisible()
    assert not first.widget.isVisible()
    place = window.stack.bar.tabRect(0).center()
    QTest.mouseClick(window.stack.bar, Qt.MouseButton.LeftButton, pos=place)
    assert window.stack.current == "first"
    assert window.stack.tabs["other"] is other
    window.context.tab_asked.emit("no such tab")
    window.stack.step(-1)
    assert window.stack.current == "other"


def test_menus_are_those_of_the_tab_that_shows(window: MainWindow) -> None:
    assert entries(window, "View") == ["Act", "Dark theme", "Light theme"]
    assert entries(window, "File") == ["Quit"]
    assert "Units" not in shown_menus(window)
    window.stack.show_tab("other")
    assert entries(window, "View") == ["Dark theme", "Light theme"]
    assert entries(window, "File") == ["Act", "Quit"]
    window.stack.show_tab("first")
    assert entries(window, "File") == ["Act", "Quit"]
    assert entries(window, "View") == ["Act", "Dark theme", "Light theme"]


def shown_menus(window: MainWindow) -> list[str]:
    return [a.text().replace("&", "") for a in window.menuBar().actions() if a.isVisible()]


def test_keys_of_a_tab_work_while_it_shows(window: MainWindow) -> None:
    first = window.stack.tabs["first"]
    QTest.keyClick(window, Qt.Key.Key_K)
    assert first.told.count("act") == 1
    window.stack.show_tab("other")
    QTest.keyClick(window, Qt.Key.Key_K)
    assert first.told.count("act") == 1
    assert window.stack.tabs["other"].told.count("act") == 1


def test_tabs_are_told_of_theme_escape_and_end(window: MainWindow) -> None:
    window.stack.show_tab("other")
    first, other = window.stack.tabs.values()
    first.told.clear()
    other.told.clear()
    window.set_theme("light")
    window.set_theme("dark")
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert first.told == ["retheme", "retheme"]
    assert other.told == ["retheme", "retheme", "escape"]
    other.keeps_open = True
    assert not window.close()
    assert window.isVisible()
    other.keeps_open = False
    assert window.close()
    assert first.told[-1] == other.told[-1] == "close"


def test_a_file_goes_to_the_tab_that_takes_it(window: MainWindow) -> None:
    window.stack.show_tab("other")
    first, other = window.stack.tabs.values()
    asked: list[object] = []
    first.open_path = lambda path: asked.append(first) or True
    other.open_path = lambda path: asked.append(other) or path.suffix == ".units"
    window.open_path(Path("a.units"))
    assert asked == [other]
    window.open_path(Path("a.png"))
    assert asked == [other, other, first]


class Large(Recorder):
    """Needs more room than a screen has, and its last line is at its lower end."""

    def __init__(self, context: WindowContext) -> None:
        super().__init__(context)
        self.widget_shown.setMinimumSize(3000, 3000)
        self.last = QLineEdit(self.widget_shown)
        self.last.move(10, 2900)
        self.message = context.message_of("large")


@pytest.fixture
def beside_large(qtbot: QtBot) -> Iterator[MainWindow]:
    kinds = (KINDS[0], TabKind("large", "Large", "erase", "Large", f"{__name__}:Large"))
    made = MainWindow(argparse.Namespace(), Theme(), Settings(), kinds=kinds)
    qtbot.addWidget(made)
    made.resize(1024, 600)
    made.show()
    made.activateWindow()
    yield made
    made.close()


def test_a_tab_needs_only_its_own_room(beside_large: MainWindow, qtbot: QtBot) -> None:
    stack, first = beside_large.stack, beside_large.stack.tabs["first"].widget
    room, row = first.size(), stack.bar.mapTo(beside_large, QPoint())
    stack.show_tab("large")
    large = stack.tabs["large"]
    large.last.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(beside_large, Qt.Key.Key_Tab)
    large.last.setFocus(Qt.FocusReason.TabFocusReason)
    QApplication.processEvents()
    assert large.widget.height() >= 3000
    assert stack.bar.mapTo(beside_large, QPoint()) == row
    assert stack.bar.visibleRegion().boundingRect().height() == stack.bar.height()
    stack.show_tab("first")
    QApplication.processEvents()
    assert first.size() == room
    assert first.mapTo(stack.pages, QPoint()) == QPoint()
    assert (beside_large.width(), beside_large.height()) == (1024, 600)


def test_what_is_said_about_a_tab_is_below_it_and_stays_there(beside_large: MainWindow) -> None:
    stack = beside_large.stack
    stack.show_tab("large")
    page, large = stack.pages.currentWidget(), stack.tabs["large"]
    message = large.message
    assert message is not beside_large.context.message
    area = page.findChild(QScrollArea)
    before = area.height()
    message.say("bad.png cannot be used.", "error")
    QApplication.processEvents()
    assert message.isVisible()
    assert area.height() < before
    assert message.mapTo(page, QPoint()).y() >= area.geometry().bottom()
    stack.show_tab("first")
    assert not message.isVisible()
    stack.show_tab("large")
    assert message.isVisible()
    QTest.keyClick(beside_large, Qt.Key.Key_Escape)
    QApplication.processEvents()
    assert message.text == ""
    assert area.height() == before


def test_what_is_no_tabs_is_said_in_the_row_and_moves_nothing(beside_large: MainWindow) -> None:
    stack, message = beside_large.stack, beside_large.context.message
    room = stack.pages.geometry()
    line = QLabel("Dissecting: 40 %")
    stack.add_corner(line)
    for said in ("Done: Experiment.", "Dissecting came to nothing: " + "the disk is full, " * 30):
        message.say(said, "error", "Show it", list)
        QApplication.processEvents()
        assert message.isVisible()
        assert not line.isVisible()
        assert stack.pages.geometry() == room
        below = message.mapTo(stack, QPoint(0, message.height())).y()
        assert below <= room.top()
        left = message.mapTo(stack, QPoint()).x()
        assert left >= stack.bar.geometry().right()
        assert left + message.width() <= stack.width()
        message.button.click()
    assert line.isVisible()
