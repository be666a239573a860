"""Texts of the status bar: all of one, a shorter one, or none, at any width."""

import pytest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from ganpaint.painter.panels.field_row import FieldRow
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse

LONG = ("CPU bf16 · 14 ms · seed 104 · 128 × 128", "CPU bf16 · 14 ms", "CPU")


@pytest.fixture
def row(qtbot: QtBot) -> FieldRow:
    row = FieldRow(("engine", "place", "job"), right=("job",), dispensable=("place", "engine"))
    qtbot.addWidget(row)
    row.say("engine", *LONG)
    row.say("place", "layer4 cell (3, 5) · tree 0.41", "tree 0.41")
    row.say("job", "trying tree 43 %")
    return row


def shown(row: FieldRow) -> list[str]:
    return [row.shown(name) for name in ("engine", "place", "job")]


def test_what_does_not_fit_is_said_shorter_or_not_at_all(row: FieldRow) -> None:
    seen = []
    for width in range(900, 0, -5):
        row.resize(width, 30)
        row.grab()
        now = shown(row)
        metrics = row.fontMetrics()
        texts = [text for text in now if text]
        needed = sum(map(metrics.horizontalAdvance, texts)) + 24 * (len(texts) - 1)
        if now != ["", "", "trying tree 43 %"]:  # the last resort
            assert needed <= width, now
        if now not in seen:
            seen.append(now)
    place = ("layer4 cell (3, 5) · tree 0.41", "tree 0.41", "")
    assert seen == [
        [LONG[0], place[0], "trying tree 43 %"],
        [LONG[0], place[1], "trying tree 43 %"],
        [LONG[0], place[2], "trying tree 43 %"],
        *[[text, "", "trying tree 43 %"] for text in (LONG[1], LONG[2], "")],
    ]


def test_a_field_can_be_emptied_and_everything_is_in_the_tip(row: FieldRow) -> None:
    row.resize(120, 30)
    for text in (LONG[0], "layer4 cell (3, 5) · tree 0.41", "trying tree 43 %"):
        assert text in row.toolTip()
    row.say("job")
    row.say("place", "")
    assert row.said("job") == row.said("place") == ""
    row.resize(900, 30)
    row.grab()  # hidden widgets are told later
    assert shown(row) == [LONG[0], "", ""]


@pytest.mark.parametrize("width", [960, 1024, 1280])
def test_the_window_says_nothing_by_halves(window: MainWindow, mouse: Mouse, width: int) -> None:
    window.resize(width, 700)
    mouse.move(5, 5)
    window.status.say("tree +312 px, building -205 px, sky -107 px", "tree +312 px")
    window.status.show_job("where", "trying tree in every cell  43 %", window.close)
    fields = window.status.fields
    assert fields.shown("engine").startswith("CPU")
    assert fields.shown("job") == "trying tree in every cell  43 %"
    assert fields.shown("report").endswith("px")
    names = ("engine", "place", "report", "job", "brush")
    metrics = fields.fontMetrics()
    texts = [fields.shown(name) for name in names if fields.shown(name)]
    assert sum(map(metrics.horizontalAdvance, texts)) + 24 * len(texts) <= fields.width()


def test_of_several_jobs_the_last_one_is_shown(window: MainWindow) -> None:
    status, stopped = window.status, []
    cancel = status.findChild(QToolButton, "cancel")
    status.show_job("where", "trying 1 %", lambda: stopped.append("where"))
    status.show_job("movie", "writing 5 %")
    assert status.fields.said("job") == "writing 5 %"
    assert cancel.isHidden()
    status.show_job("where", "trying 2 %", lambda: stopped.append("where"))
    assert status.fields.said("job") == "writing 5 %"
    status.show_job("movie", "")
    assert status.fields.said("job") == "trying 2 %"
    cancel.click()
    assert stopped == ["where"]
    status.show_job("where", "")
    assert status.fields.said("job") == ""
    assert cancel.isHidden()
