"""Sentences in the middle of pages: all of their lines are seen."""

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from ganpaint.classifier.empty import EmptyPage
from ganpaint.toolkit.paragraph import Paragraph
from ganpaint.units.empty_state import EmptyState

LONG = "Nothing is here yet.\n\n" + "Open one that was made before, or make one. " * 6


def is_whole(label: Paragraph) -> bool:
    return 0 < label.heightForWidth(label.width()) <= label.height()


@pytest.mark.parametrize("size", [(640, 400), (1024, 600), (1920, 1080)])
def test_empty_pages_show_their_whole_text(size: tuple[int, int], qtbot: QtBot) -> None:
    room = QWidget()
    qtbot.addWidget(room)
    column = QVBoxLayout(room)
    column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
    nothing, empty = EmptyState(LONG, "Open…", room), EmptyPage(room)
    for page in (nothing, empty):
        column.addWidget(page)
    room.resize(*size)
    room.show()
    qtbot.waitExposed(room)
    assert is_whole(nothing.text)
    assert is_whole(empty.said)
    nothing.wait_for("Reading…")
    assert nothing.text.text() == "Reading…"
    assert nothing.button.isHidden()
    nothing.wait_for("")
    assert nothing.text.text() == LONG
    assert not nothing.button.isHidden()
    qtbot.waitUntil(lambda: is_whole(nothing.text))


def test_a_paragraph_takes_no_text_for_markup(qtbot: QtBot) -> None:
    room = QWidget()
    qtbot.addWidget(room)
    label = Paragraph("<b>x</b>", 100, room)
    assert label.text() == "<b>x</b>"
    assert label.sizeHint().height() < 2 * label.fontMetrics().height() + 2
