"""Icons: every one is there, in the colors of its state."""

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon, QImage
from pytestqt.qtbot import QtBot

from ganpaint.toolkit.icons import NAMES, icon
from ganpaint.toolkit.theme import THEMES

SIZE = QSize(24, 24)
COLORS = THEMES["dark"]


def drawn(name: str, mode: QIcon.Mode, state: QIcon.State) -> QImage:
    """An icon's pixels."""
    return icon(name, COLORS).pixmap(SIZE, mode, state).toImage()


def color(image: QImage) -> str:
    """The color of the pixel that is covered most."""
    pixels = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
    return max(pixels, key=lambda pixel: pixel.alpha()).name()


def test_all_icons_are_there_and_look_different(qtbot: QtBot) -> None:
    seen = {name: drawn(name, QIcon.Mode.Normal, QIcon.State.Off) for name in NAMES}
    names = sorted(seen)
    for place, name in enumerate(names):
        assert max(seen[name].pixelColor(x, y).alpha() for x in range(24) for y in range(24)) > 100
        assert not any(seen[name] == seen[other] for other in names[place + 1 :]), name


@pytest.mark.parametrize(
    ("name", "mode", "state", "expected"),
    [
        ("open", QIcon.Mode.Normal, QIcon.State.Off, COLORS.text),
        ("open", QIcon.Mode.Disabled, QIcon.State.Off, COLORS.border),
        ("draw", QIcon.Mode.Normal, QIcon.State.On, COLORS.on_draw),
    ],
)
def test_colors_tell_the_state(
    qtbot: QtBot, name: str, mode: QIcon.Mode, state: QIcon.State, expected: str
) -> None:
    assert color(drawn(name, mode, state)) == expected.lower()


@pytest.mark.parametrize("size", [QSize(0, 0), QSize(24, 0), QSize(-1, -1)])
def test_a_place_without_room_has_no_picture(qtbot: QtBot, size: QSize) -> None:
    """Qt asks for one where a narrow bar leaves a button no room; warnings fail tests."""
    assert icon("inspect", COLORS).pixmap(size).isNull()
