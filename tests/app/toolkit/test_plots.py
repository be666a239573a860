import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from ganpaint.toolkit.plots import dress_plot, keep_tips, make_plot
from ganpaint.toolkit.theme import Theme


def test_numbers_along_an_axis_are_told_as_they_are(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    plot = make_plot(Theme(), parent, "share", "change")
    parent.show()
    plot.setXRange(-0.3, 0.7)
    plot.setYRange(0, 0.5)
    dress_plot(plot, Theme())
    for side in ("left", "bottom"):
        axis = plot.getAxis(side)
        assert axis.tickStrings([0.2], axis.autoSIPrefixScale * axis.scale, 0.1) == ["0.2"]


@pytest.mark.qt_log_ignore("does not support raise")
def test_a_tip_stays_while_the_pointer_rests(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    plot = make_plot(Theme(), parent, "share", "change")
    keep_tips(plot)
    parent.show()
    QToolTip.showText(QPoint(5, 5), "a mark", plot)
    rests = QHelpEvent(QHelpEvent.Type.ToolTip, QPoint(5, 5), plot.mapToGlobal(QPoint(5, 5)))
    QApplication.sendEvent(plot.viewport(), rests)
    assert QToolTip.text() == "a mark"
    QToolTip.hideText()
