"""A list beside a page gives way where the window becomes narrow."""

from PySide6.QtWidgets import QListWidget, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from ganpaint.toolkit.side_list import SideList


def test_a_narrow_window_takes_from_the_list_first(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    splitter = SideList(QListWidget(window), QTextEdit(window), 340, window)
    splitter.resize(1280, 600)
    window.show()
    qtbot.waitExposed(window)
    assert abs(splitter.sizes()[0] - 340) < 10
    splitter.resize(1024, 600)
    assert abs(splitter.sizes()[0] - 276) < 10
    splitter.resize(1600, 600)
    assert abs(splitter.sizes()[0] - 276) < 10  # a list that is read needs no more than before
