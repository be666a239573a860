"""The Experiments tab: its cards, and how results get to it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QSettings, Qt
from pytestqt.qtbot import QtBot

from dissection.experiments.registry import experiments
from ganpaint.experiments.view import ExperimentsView
from ganpaint.toolkit.settings import Settings
from ganpaint.window.main_window import MainWindow
from support.experiments_tab import opened, show

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none


def test_every_experiment_has_a_card_even_one_that_was_just_added(view: ExperimentsView) -> None:
    assert set(view.cards.cards) == set(experiments())
    card = view.cards.cards["painted"]
    assert card.picture.text() == "Not run yet"
    assert not card.show_button.isEnabled()


def test_cards_are_searched_by_any_of_their_words(view: ExperimentsView, qtbot: QtBot) -> None:
    qtbot.keyClicks(view.cards.search, "nobody SQUARES")
    shown = [name for name, card in view.cards.cards.items() if card.isVisible()]
    assert shown == ["painted"]
    qtbot.keyClicks(view.cards.search, " zzz")
    assert view.cards.nothing.isVisible()


def test_a_result_that_is_dropped_anywhere_opens_here(
    painted: None, window: MainWindow, qtbot: QtBot, result: Path
) -> None:
    assert window.stack.current == "painter"
    window.open_path(result / "result.json")
    assert window.stack.current == "experiments"
    view = show(window)
    qtbot.waitUntil(lambda: view.page.first.opened is not None, timeout=10_000)
    assert view.page.first.opened is not None
    assert view.page.first.opened.folder == result


def test_own_results_are_known_again_in_the_next_window(
    painted: None,
    open_window: Callable[..., MainWindow],
    qtbot: QtBot,
    model: Path,
    dissection: Path,
    result: Path,
    tmp_path: Path,
) -> None:
    settings = Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    words = ("--model", str(model), "--dissection", str(dissection))
    opened(show(open_window(*words, settings=settings)), qtbot, result)
    card = show(open_window(*words, settings=settings)).cards.cards["painted"]
    assert card.show_button.isEnabled()
    (result / "result.json").unlink()
    card = show(open_window(*words, settings=settings)).cards.cards["painted"]
    assert not card.show_button.isEnabled()


def test_the_menu_leads_here_and_esc_leads_back(
    view: ExperimentsView, qtbot: QtBot, result: Path, window: MainWindow
) -> None:
    opened(view, qtbot, result)
    assert view.stack.currentWidget() is view.page
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert view.stack.currentWidget() is view.cards
    window.stack.show_tab("painter")
    entry = next(a for a in window.menus["Dissect"].actions() if "experiment" in a.text())
    entry.trigger()
    assert window.stack.current == "experiments"
