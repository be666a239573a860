"""Boxes to tick are seen in both themes, whatever state they are in."""

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ganpaint.toolkit.theme import THEMES, Theme

SIDE = 16


def light(color: QColor) -> float:
    """Relative luminance, as WCAG 2 has it."""
    channels = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.fixture(params=THEMES)
def themed(request: pytest.FixtureRequest, qapp: QApplication) -> Theme:
    theme = Theme(request.param)
    theme.apply(qapp, request.param)
    return theme


def make(kind: type[QAbstractButton], ground: str, qtbot: QtBot) -> tuple[QWidget, QAbstractButton]:
    """A box, and the widget that it lies in, which goes when nobody holds it."""
    room = QWidget()
    room.setObjectName("jobs" if ground == "panel" else "shortcuts")  # grounds of the theme's own
    qtbot.addWidget(room)
    box = kind("Two things", room)
    box.setAutoExclusive(False)
    column = QVBoxLayout(room)
    column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetNoConstraint)
    column.addWidget(box)
    room.resize(200, 80)
    room.show()
    return room, box


def drawn(box: QAbstractButton) -> list[QColor]:
    """The row of pixels through the middle of the indicator, from outside of its left edge."""
    picture = box.window().grab().toImage()
    at = box.mapTo(box.window(), box.rect().center())
    left = box.mapTo(box.window(), box.rect().topLeft()).x()
    return [picture.pixelColor(left + x, at.y()) for x in range(-2, SIDE + 2)]


@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton])
@pytest.mark.parametrize("ground", ["window", "panel"])
@pytest.mark.parametrize("checked", [False, True])
def test_the_edge_of_a_box_is_seen(
    kind: type[QAbstractButton], ground: str, checked: bool, themed: Theme, qtbot: QtBot
) -> None:
    _room, box = make(kind, ground, qtbot)
    box.setChecked(checked)
    row = drawn(box)
    behind = QColor(getattr(themed.colors, ground))
    assert contrast(row[0], behind) < 1.05, "the row begins outside of the box"
    assert max(contrast(color, behind) for color in row[1:5]) >= 3.0


@pytest.mark.parametrize("kind", [QCheckBox, QRadioButton])
def test_states_of_a_box_differ(kind: type[QAbstractButton], themed: Theme, qtbot: QtBot) -> None:
    _room, box = make(kind, "window", qtbot)
    looks = [drawn(box)]
    box.setChecked(True)
    looks.append(drawn(box))
    box.setEnabled(False)
    looks.append(drawn(box))
    box.setChecked(False)
    looks.append(drawn(box))
    box.setEnabled(True)
    box.window().activateWindow()
    box.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(box.hasFocus)
    looks.append(drawn(box))
    for one, other in [*pairwise(looks), (looks[0], looks[3]), (looks[0], looks[4])]:
        assert one != other


def test_a_ticked_box_has_a_mark_and_an_empty_one_none(themed: Theme, qtbot: QtBot) -> None:
    _room, box = make(QCheckBox, "window", qtbot)
    ground = QColor(themed.colors.window)
    inside = drawn(box)[5 : SIDE - 2]
    assert all(contrast(color, ground) < 1.05 for color in inside)
    box.setChecked(True)
    inside = drawn(box)[5 : SIDE - 2]
    assert max(contrast(color, QColor(themed.colors.draw)) for color in inside) >= 3.0
