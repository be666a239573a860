"""The wheel scrolls a page whatever is under the pointer, until that is chosen."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QPlainTextEdit,
    QScrollArea,
    QSlider,
    QSpinBox,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ganpaint.toolkit.page_wheel import keep_wheel


class Page(QScrollArea):
    """Parts that could take the wheel, and room below."""

    def __init__(self) -> None:
        super().__init__()
        inner = QWidget()
        column = QVBoxLayout(inner)
        self.table, self.text = QTableWidget(60, 2), QPlainTextEdit("word\n" * 90)
        self.slider, self.spin = QSlider(Qt.Orientation.Horizontal), QSpinBox(maximum=1000)
        self.slider.setValue(50)
        self.spin.setValue(50)
        for part in (self.table, self.text, self.slider, self.spin):
            column.addWidget(part)
        inner.setMinimumHeight(900)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.resize(300, 300)
        keep_wheel(self)


@pytest.fixture
def page(qtbot: QtBot) -> Page:
    page = Page()
    qtbot.addWidget(page)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() > 0)
    page.setFocus()
    return page


def turn(under: QWidget) -> bool:
    """Turn the wheel down by one step over a widget; whether it goes on to what is around it.

    Qt hands on what comes from a real wheel alone.
    """
    at, down = QPointF(under.rect().center()), QPoint(0, -120)
    button, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    there = QPointF(under.mapToGlobal(at.toPoint()))
    phase = Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(at, there, QPoint(), down, button, keys, phase, False)
    QApplication.sendEvent(under, event)
    return not event.isAccepted()


def test_the_page_gets_the_wheel_over_what_has_not_the_focus(page: Page) -> None:
    for under in (page.table.viewport(), page.text.viewport(), page.slider, page.spin):
        assert turn(under), under
    assert page.table.verticalScrollBar().value() == page.text.verticalScrollBar().value() == 0
    assert page.slider.value() == page.spin.value() == 50
    assert page.table.focusPolicy() == Qt.FocusPolicy.StrongFocus  # the wheel gives none


def test_a_wheel_of_the_system_scrolls_the_page(page: Page, qtbot: QtBot) -> None:
    at = page.table.viewport().mapTo(page, page.table.viewport().rect().center())
    QTest.wheelEvent(page.windowHandle(), QPointF(at), QPoint(0, -120))
    qtbot.waitUntil(lambda: page.verticalScrollBar().value() > 0)
    assert page.table.verticalScrollBar().value() == 0


def test_what_was_chosen_has_the_wheel(page: Page) -> None:
    page.table.setFocus()
    assert not turn(page.table.viewport())
    assert page.table.verticalScrollBar().value() > 0
    page.spin.setFocus()
    turn(page.spin)
    assert page.spin.value() == 49
    assert page.verticalScrollBar().value() == 0


def test_a_page_that_fits_leaves_the_wheel_to_what_is_on_it(page: Page, qtbot: QtBot) -> None:
    page.resize(300, 1000)
    qtbot.waitUntil(lambda: page.verticalScrollBar().maximum() == 0)
    turn(page.table.viewport())
    assert page.table.verticalScrollBar().value() > 0
