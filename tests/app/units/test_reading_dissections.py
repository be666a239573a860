"""While a dissection is being read the Units tab says so, and screenshots wait for it."""

from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from pytestqt.qtbot import QtBot

import ganpaint.models.chooser as chooser
import ganpaint.units.opening as opening
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection
from ganpaint.__main__ import parser
from ganpaint.painter.document.palette import Palette, load_palette
from ganpaint.toolkit.background import Background
from ganpaint.window.main_window import MainWindow
from support.units_tab import show_units


def test_it_is_read_before_there_is_none(
    model: Path,
    dissection: Path,
    open_window: Callable[..., MainWindow],
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    go = Event()

    def slowly(*given: Path) -> Palette:
        assert go.wait(60)
        return load_palette(*given)

    monkeypatch.setattr(Background, "patience", 0.0)
    monkeypatch.setattr(chooser, "load_palette", slowly)
    window = open_window("--model", str(model), "--dissection", str(dissection), settled=False)
    view = show_units(window)
    assert view.empty.isVisible()
    assert "Reading" in view.empty.text.text()
    assert view.empty.button.isHidden()
    qtbot.waitUntil(lambda: window.stack.tabs["painter"].models.reading)  # type: ignore[attr-defined]
    assert "Reading" in view.empty.text.text()
    go.set()
    qtbot.waitUntil(lambda: view.browsed.dissection is not None)
    assert not view.empty.isVisible()
    assert not window.context.reading


def test_a_refusal_ends_the_waiting(
    model: Path, dissection: Path, open_window: Callable[..., MainWindow], qtbot: QtBot
) -> None:
    window = open_window("--model", str(model), settled=False)
    view = show_units(window)
    window.stack.tabs["units"].prepare_screenshot(parser().parse_args([]))
    assert not window.context.reading
    assert "No dissection to browse yet" in view.empty.text.text()
    assert view.empty.button.isVisible()


def test_screenshots_wait_for_the_dissection(
    model: Path,
    dissection: Path,
    open_window: Callable[..., MainWindow],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Background, "patience", 0.0)
    window = open_window("--model", str(model), "--dissection", str(dissection), settled=False)
    view = show_units(window)
    assert view.browsed.dissection is None
    window.stack.tabs["units"].prepare_screenshot(parser().parse_args([]))
    assert view.browsed.dissection is not None
    assert view.grid.isVisible()


def test_one_that_is_opened_there_is_read_too(
    model: Path,
    dissection: Path,
    open_window: Callable[..., MainWindow],
    monkeypatch: pytest.MonkeyPatch,
    qtbot: QtBot,
) -> None:
    window = open_window("--model", str(model))
    view = show_units(window)
    go = Event()

    def slowly(path: Path) -> Dissection:
        assert go.wait(60)
        return load_dissection(path)

    monkeypatch.setattr(Background, "patience", 0.0)
    monkeypatch.setattr(opening, "load_dissection", slowly)
    view.opening.read(dissection)
    assert "Reading" in view.empty.text.text()
    go.set()
    qtbot.waitUntil(lambda: view.browsed.dissection is not None)
    assert "Reading" not in view.empty.text.text()
    view.opening.read(dissection / "none")
    qtbot.waitUntil(lambda: not view.opening.busy)
    assert "Reading" not in view.empty.text.text()
