"""What is remembered between two starts."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDockWidget, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from ganpaint.toolkit.settings import Settings
from ganpaint.window.main_window import MainWindow
from ganpaint.window.painter_tab import HINT
from support.driving import Mouse


def docks(window: MainWindow) -> dict[str, QDockWidget]:
    return {dock.objectName(): dock for dock in window.findChildren(QDockWidget)}


def test_theme_docks_and_hint_are_remembered(
    open_window: Callable[..., MainWindow],
    model: Path,
    dissection: Path,
    tmp_path: Path,
    qtbot: QtBot,
) -> None:
    def settings() -> Settings:
        return Settings(QSettings(str(tmp_path / "ganpaint.ini"), QSettings.Format.IniFormat))

    options = ("--model", str(model), "--dissection", str(dissection))
    first = open_window(*options, settings=settings())
    assert first.theme.name == "dark"
    assert first.canvas.hint.text == HINT
    first.set_theme("light")
    first.commands["restore"].trigger()
    Mouse(first, qtbot).drag((4, 4))
    docks(first)["history"].close()
    first.resize(960, 640)  # no larger than the screen of the tests
    first.close()

    second = open_window(*options, settings=settings())
    assert second.theme.name == "light"
    assert second.canvas.hint.text == ""
    assert (second.width(), second.height()) == (960, 640)
    assert docks(second)["concepts"].isVisible()
    assert not docks(second)["history"].isVisible()
    docks(second)["history"].toggleViewAction().trigger()
    assert docks(second)["history"].geometry().left() > second.canvas.geometry().right()


def test_settings_that_are_damaged_or_cannot_be_written_do_no_harm(
    open_window: Callable[..., MainWindow], model: Path, tmp_path: Path
) -> None:
    store = tmp_path / "ganpaint.ini"
    store.write_bytes(b"\x00\xff[broken\ntheme=purple\nstate=@ByteArray(nonsense)\n")
    store.chmod(0o400)
    settings = Settings(QSettings(str(store), QSettings.Format.IniFormat))
    window = open_window("--model", str(model), settings=settings)
    assert window.theme.name == "dark"
    window.close()


def test_docks_say_what_they_are_by_a_tab_or_by_a_title(window: MainWindow) -> None:
    history, inspector = docks(window)["history"], docks(window)["inspector"]
    assert history.titleBarWidget() is not None  # a bare one: the tab says it
    assert not history.visibleRegion().isEmpty()
    history.toggleViewAction().trigger()
    assert inspector.titleBarWidget() is None
    history.toggleViewAction().trigger()
    assert history.titleBarWidget() is not None
    assert not history.visibleRegion().isEmpty()
    assert inspector.visibleRegion().isEmpty()


def test_a_panel_among_tabs_is_closed_by_the_cross_on_its_tab(
    window: MainWindow, qtbot: QtBot
) -> None:
    def crosses() -> dict[str, QWidget]:
        bars = [bar for bar in window.findChildren(QTabBar) if bar.isVisible()]
        bars.remove(window.stack.bar)  # that of the window: Paint, Units
        side = QTabBar.ButtonPosition.RightSide
        return {bar.tabText(i): bar.tabButton(i, side) for bar in bars for i in range(bar.count())}

    history, inspector = docks(window)["history"], docks(window)["inspector"]
    qtbot.waitUntil(lambda: all(crosses().values()) and len(crosses()) == 2)
    QTest.mouseClick(crosses()["Inspector"], Qt.MouseButton.LeftButton)
    assert not inspector.isVisible()
    qtbot.waitUntil(history.isVisible)
    inspector.toggleViewAction().trigger()
    qtbot.waitUntil(lambda: all(crosses().values()) and len(crosses()) == 2)
    QTest.mouseClick(crosses()["History"], Qt.MouseButton.LeftButton)
    assert not history.isVisible()
    qtbot.waitUntil(inspector.isVisible)


def test_another_theme_changes_no_size(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1280, 800)
    QTest.qWait(0)
    sizes = [bar.size() for bar in (window.tools, window.scenes)]
    needs = [bar.sizeHint() for bar in (window.tools, window.scenes)]
    for theme in ("light", "dark"):
        window.set_theme(theme)
        QTest.qWait(0)
        assert [bar.size() for bar in (window.tools, window.scenes)] == sizes
        assert [bar.sizeHint() for bar in (window.tools, window.scenes)] == needs
