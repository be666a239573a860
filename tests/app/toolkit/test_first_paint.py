"""What is begun behind the first paint."""

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from ganpaint.toolkit import first_paint
from ganpaint.toolkit.first_paint import FirstPaint


class Canvas(QWidget):
    """Notes its paints."""

    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self._log = log

    def event(self, event: QEvent) -> bool:
        """Qt calls this."""
        if event.type() == QEvent.Type.Paint:
            self._log.append("painted")
        return super().event(event)


def test_it_begins_once_and_behind_the_paint(qtbot: QtBot) -> None:
    log: list[str] = []
    canvas = Canvas(log)
    qtbot.addWidget(canvas)
    FirstPaint(canvas, lambda: log.append("begun"))
    canvas.show()
    qtbot.waitUntil(lambda: "begun" in log)
    canvas.repaint()
    qtbot.wait(10)
    assert log[0] == "painted"
    assert log.count("begun") == 1


def test_what_is_never_painted_is_not_waited_for(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(first_paint, "LONGEST_MILLISECONDS", 1)
    log: list[str] = []
    hidden = Canvas(log)
    qtbot.addWidget(hidden)
    FirstPaint(hidden, lambda: log.append("begun"))
    qtbot.waitUntil(lambda: log == ["begun"])


def test_what_is_forgotten_never_begins(qtbot: QtBot) -> None:
    log: list[str] = []
    canvas = Canvas(log)
    qtbot.addWidget(canvas)
    FirstPaint(canvas, lambda: log.append("begun")).forget()
    canvas.show()
    qtbot.waitUntil(lambda: "painted" in log)
    qtbot.wait(10)
    assert "begun" not in log
