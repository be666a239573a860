"""Cards fit the theme, those of results that earlier versions stored too."""

from pathlib import Path

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from dissection.experiments.store import CARD, DARK_CARD
from dissection.report.looks import DARK
from ganpaint.experiments.results import OwnResults
from ganpaint.experiments.view import ExperimentsView
from ganpaint.toolkit.background import Background
from ganpaint.toolkit.theme import THEMES
from ganpaint.window.main_window import MainWindow
from support.experiments_tab import show

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none
WHITE = "#ffffff"


def ground(view: ExperimentsView, name: str) -> str:
    """The color of the upper left corner of a card's picture."""
    drawn = view.cards.cards[name].picture.pixmap().toImage()
    return QColor(drawn.pixelColor(1, 1)).name()


def known(window: MainWindow, folder: Path) -> ExperimentsView:
    OwnResults(window.settings).note_made("painted", folder)
    return show(window)


def test_the_dark_card_is_as_dark_as_what_is_around_it() -> None:
    dark = THEMES["dark"]
    assert (DARK.paper, DARK.ink, DARK.quiet) == (dark.window, dark.text, dark.muted)


def test_pictures_follow_the_theme(window: MainWindow, result: Path) -> None:
    view = known(window, result)
    assert ground(view, "painted") == DARK.paper
    assert ground(view, "erase") == DARK.paper
    window.set_theme("light")
    assert ground(view, "painted") == WHITE
    assert ground(view, "erase") == WHITE
    window.set_theme("dark")
    assert ground(view, "painted") == DARK.paper


def test_a_result_of_an_earlier_version_is_drawn_for_the_dark_once(
    window: MainWindow, result: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    (result / DARK_CARD).unlink()
    monkeypatch.setattr(Background, "patience", 0.0)
    view = known(window, result)
    card = view.cards.cards["painted"]
    assert card.picture.text() == "Drawing…"
    assert card.show_button.isEnabled()
    qtbot.waitUntil(lambda: not card.picture.pixmap().isNull(), timeout=30_000)
    assert ground(view, "painted") == DARK.paper
    assert not (result / DARK_CARD).exists(), "folders of results are left as they are"
    view.refresh()
    assert not view.pictures.busy, "it is drawn once"
    assert ground(view, "painted") == DARK.paper


def test_one_that_cannot_be_drawn_shows_what_is_stored(window: MainWindow, result: Path) -> None:
    (result / DARK_CARD).unlink()
    for part in result.glob("*.safetensors"):
        part.write_bytes(b"damaged")
    view = known(window, result)
    assert ground(view, "painted") == WHITE


def test_one_without_any_picture_says_so(window: MainWindow, result: Path) -> None:
    for name in (CARD, DARK_CARD):
        (result / name).unlink()
    view = known(window, result)
    assert view.cards.cards["painted"].picture.text() == "No picture"
