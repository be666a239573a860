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
