"""Sentences over the canvas: what asks for something stays, the rest goes."""

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
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
    notice.say("cut.safetensors is damaged.", "error")
    assert notice.goes
    assert not notice.cross.isHidden()  # one need not wait for it
    assert notice.button.isHidden()
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
    notice.cross.click()
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


def test_what_has_gone_well_puts_away_what_was_said_of_it(over: QWidget) -> None:
    notice = Notice(over, Qt.AlignmentFlag.AlignBottom)
    notice.say("bad.png cannot be used.", "error", "Open another…", list, about="open")
    notice.say("Copied.", passing=True, about="copy")
    notice.put_away()
    assert notice.text == "" or notice.goes  # what soon goes has no cross
    notice.say("Opened good.png.", passing=True, about="open")
    assert notice.text == "Opened good.png."
    notice.hide()
    assert notice.text == ""
    notice.say("bad.png cannot be used.", "error", about="open")
    notice.settle("save")
    assert notice.text == "bad.png cannot be used."
    notice.settle("open")
    assert notice.text == ""


def test_a_remedy_behind_what_passes_is_gone_when_its_matter_is(over: QWidget) -> None:
    notice = Notice(over, Qt.AlignmentFlag.AlignBottom)
    notice.say("The disk is full.", "error", "Save elsewhere…", list, about="save")
    notice.say("Almost no tree came of this.", "info", "Where can it go?", list, passing=True)
    notice.settle("save")
    notice.button.click()
    assert notice.text == ""


def test_a_button_leaves_the_focus_where_it_was(over: QWidget, qtbot: QtBot) -> None:
    canvas, search = QLineEdit(over), QLineEdit(over)
    notice = Notice(over, Qt.AlignmentFlag.AlignBottom)
    for line in (search, canvas):
        line.show()
    over.activateWindow()
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus)
    notice.say("The strokes of yesterday were not saved.", "info", "Open them", list)
    QTest.mouseClick(notice.button, Qt.MouseButton.LeftButton)
    assert canvas.hasFocus()
    notice.say("The strokes of yesterday were not saved.", "info", "Open them", list)
    notice.button.setFocus(Qt.FocusReason.TabFocusReason)
    assert notice.button.hasFocus()
    QTest.keyClick(notice.button, Qt.Key.Key_Space)
    assert notice.text == ""
    assert canvas.hasFocus()


def test_time_passes_only_while_it_can_be_read(over: QWidget, qtbot: QtBot) -> None:
    page = QWidget(over)
    notice = Notice(page, Qt.AlignmentFlag.AlignTop)
    notice.say("Done.", "info", "Show it", list, passing=True)
    timer = notice.findChild(QTimer)
    assert timer is not None
    assert notice.goes
    assert not timer.isActive()
    page.show()
    assert timer.isActive()
    page.hide()
    assert not timer.isActive()
    assert notice.text == "Done."


def test_a_slim_one_has_one_line_and_shows_as_much_as_fits(over: QWidget) -> None:
    row = QWidget(over)
    row.setGeometry(0, 0, 400, 40)
    row.show()
    notice = Notice(row, Qt.AlignmentFlag.AlignTop, slim=True)
    notice.say("Done: Experiment: erasing a concept. " * 4, "info", "Show result", list)
    assert notice.height() <= notice.line_height <= 40
    assert row.rect().contains(notice.geometry())
    assert notice.shown.startswith("Done: Exp")
    assert notice.more.isVisible()
