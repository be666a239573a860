r"""Icons from one set (Material Design), in the colors of the theme in force.

They are letters of a font that ships, which holds no others. For one more, take its code point from
the font of the whole set (such as the one inside the package qtawesome), add it to the table, and

    pyftsubset materialdesignicons6-webfont.ttf --unicodes=U+F00E3,U+F01FE,... \
        --output-file=resources/icons/material-design.ttf
"""

from functools import cache

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap

from dissection.painting.edits import Mode
from dissection.runtime.resources import resource
from ganpaint.toolkit.theme import Colors

_LETTERS = {
    "draw": "\U000f00e3",  # brush
    "paint": "\U000f00e3",  # brush
    "erase": "\U000f01fe",  # eraser
    "restore": "\U000f02da",  # history
    "undo": "\U000f054c",  # undo
    "redo": "\U000f044e",  # redo
    "edited": "\U000f11e4",  # image-edit-outline
    "split": "\U000f018a",  # compare
    "difference": "\U000f1396",  # circle-half-full
    "cells": "\U000f02c1",  # grid
    "pick": "\U000f020b",  # eyedropper-variant
    "tint": "\U000f0e0c",  # palette-outline
    "where": "\U000f0f08",  # map-marker-question-outline
    "inspect": "\U000f1276",  # magnify-scan
    "stamp": "\U000f0d39",  # stamper
    "fit": "\U000f0ef6",  # fit-to-page-outline
    "previous": "\U000f0141",  # chevron-left
    "next": "\U000f0142",  # chevron-right
    "random": "\U000f114e",  # dice-5-outline
    "save": "\U000f0818",  # content-save-outline
    "pair": "\U000f02ef",  # image-multiple-outline
    "open": "\U000f0dcf",  # folder-open-outline
    "search": "\U000f0349",  # magnify
    "keyboard": "\U000f097b",  # keyboard-outline
    "delete": "\U000f0156",  # close
    "shown": "\U000f06d0",  # eye-outline
    "hidden": "\U000f06d1",  # eye-off-outline
    "export": "\U000f0976",  # image-outline
    "movie": "\U000f0fcf",  # movie-open-outline
    "apply": "\U000f0191",  # content-duplicate
    "size": "\U000f0766",  # circle-outline
    "units": "\U000f15fc",  # dots-grid
    "classifier": "\U000f0128",  # chart-bar
    "experiments": "\U000f0096",  # flask-outline
    "strength": "\U000f05cc",  # opacity
    "brush": "\U000f1542",  # tune-variant
}
NAMES = tuple(_LETTERS)
#: Height of a letter as a share of its icon's: the set leaves no margin of its own.
_HEIGHT = 0.875


def icon(name: str, colors: Colors) -> QIcon:
    """The icon of a name of this module's table; checked mode buttons get the color upon them."""
    color = on = colors.text
    if name in tuple(Mode):
        color, on = colors.mode_text(Mode(name)).name(), getattr(colors, f"on_{name}")
    return QIcon(_Letter(_LETTERS[name], color, on, colors.border))


class _Letter(QIconEngine):
    """Draws a letter of the icons' font, sharp at any size."""

    def __init__(self, letter: str, color: str, on: str, disabled: str) -> None:
        super().__init__()
        self._looks = letter, color, on, disabled

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Qt calls this."""
        letter, color, on, disabled = self._looks
        if mode == QIcon.Mode.Disabled:
            color = disabled
        elif state == QIcon.State.On:
            color = on
        font = QFont(_family())
        font.setPixelSize(max(1, round(_HEIGHT * rect.height())))
        painter.save()
        painter.setPen(color)
        painter.setFont(font)
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, letter)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Qt calls this, for places without any room as well."""
        if size.isEmpty():
            return QPixmap()
        drawn = QPixmap(size)
        drawn.fill(Qt.GlobalColor.transparent)
        painter = QPainter(drawn)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return drawn


@cache
def _family() -> str:
    number = QFontDatabase.addApplicationFont(str(resource("icons/material-design.ttf")))
    return QFontDatabase.applicationFontFamilies(number)[0]
