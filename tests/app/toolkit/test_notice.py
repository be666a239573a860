"""Sentences over the canvas: what asks for something stays, the rest goes."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ganpaint.toolkit.notice import Notice


@pytest.fixture
def over(qtbot: QtBot) -> QWidget:
    over = QWidget()
    qtbot.addWidget(over)
    over.resize(600, 400)
    over.show()
    return over


def test_an_error_that_nothing_can_be_done_about_goes_and_one_with_a_remedy_stays(
    over: QWidget,
) -> None:
    notice = Notice(over, Qt.AlignmentFlag.AlignBottom)
    for button in ("", "Close"):
        notice.say("cut.safetensors is damaged.", "error", button)
        assert notice.goes
        assert not notice.cross.isHidden()  # one need not wait for it
    notice.say("The disk is full.", "error", "Save elsewhere…", lambda: None)
    assert not notice.goes
    notice.say("Nothing can be shown.", "error", "Open another", lambda: None, needed=True)
    assert not notice.goes


def test_a_remedy_is_not_lost_to_what_is_said_later(over: QWidget) -> None:
    notice, done = Notice(over, Qt.AlignmentFlag.AlignBottom), []
    notice.say("Rendering failed.", "error", "Try again", lambda: done.append(1))
    notice.say("The question has no answer.", "error")
    assert notice.text == "Rendering failed."
    notice.button.click()
    assert done == [1]
    assert notice.text == "The question has no answer."  # it waited
    notice.button.click()
    assert notice.text == ""


def test_behind_what_passes_a_remedy_is_there_again(over: QWidget) -> None:
    notice, done = Notice(over, Qt.AlignmentFlag.AlignBottom), []
    notice.say("The disk is full.", "error", "Save elsewhere…", lambda: done.append(1))
    notice.say("Copied.", passing=True)
    assert notice.text == "Copied."
    notice.say("Almost no tree came of this.", "info", "Where can it go?", list, passing=True)
    notice.button.click()
    assert (notice.text, notice.button.text()) == ("The disk is full.", "Save elsewhere…")
    assert not notice.goes
    notice.button.click()
    assert done == [1]
    assert notice.text == ""


def test_the_only_way_on_is_there_again_behind_another_remedy(over: QWidget) -> None:
    notice = Notice(over, Qt.AlignmentFlag.AlignBottom)
    notice.say("No file.", "error", "Open the generator that ships", list, needed=True)
    notice.say("The disk is full.", "error", "Save elsewhere…", list)
    assert notice.button.text() == "Save elsewhere…"
    notice.put_away()
    assert notice.button.text() == "Open the generator that ships"
    assert notice.cross.isHidden()
    notice.hide()  # pictures come again
    assert notice.text == ""
    notice.say("Saved.", passing=True)
    notice.hide()
    assert notice.text == ""
