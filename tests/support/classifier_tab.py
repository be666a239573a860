"""The mouse over plots of the Classifier tab."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ganpaint.classifier.charts.chart import Chart


def click_mark(chart: Chart, series: int, mark: int, qtbot: QtBot) -> str:
    """Move over a mark, click it, and return what its tool tip says."""
    QApplication.sendPostedEvents()  # a plot that was only just shown finds its size
    QApplication.processEvents()
    marks = chart.marks[series]
    qtbot.waitUntil(lambda: chart.plot.viewport().width() > 100, timeout=5_000)
    at = chart.place_of(marks, mark).toPoint()
    found = chart.mark_at(chart.place_of(marks, mark))
    assert found is not None, "nothing is where the mark is drawn"
    QTest.mouseMove(chart.plot.viewport(), at)
    QTest.mouseClick(chart.plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    return found[0].tip(found[1])
