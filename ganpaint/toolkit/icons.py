"""Icons from one set (Material Design), in the colors of the theme in force."""

import qtawesome
from PySide6.QtGui import QIcon

from dissection.painting.edits import Mode
from ganpaint.toolkit.theme import Colors

_NAMES = {
    "draw": "mdi6.brush",
    "paint": "mdi6.brush",
    "erase": "mdi6.eraser",
    "restore": "mdi6.history",
    "undo": "mdi6.undo",
    "redo": "mdi6.redo",
    "edited": "mdi6.image-edit-outline",
    "split": "mdi6.compare",
    "difference": "mdi6.circle-half-full",
    "cells": "mdi6.grid",
    "pick": "mdi6.eyedropper-variant",
    "tint": "mdi6.palette-outline",
    "where": "mdi6.map-marker-question-outline",
    "inspect": "mdi6.magnify-scan",
    "stamp": "mdi6.stamper",
    "fit": "mdi6.fit-to-page-outline",
    "previous": "mdi6.chevron-left",
    "next": "mdi6.chevron-right",
    "random": "mdi6.dice-5-outline",
    "save": "mdi6.content-save-outline",
    "pair": "mdi6.image-multiple-outline",
    "open": "mdi6.folder-open-outline",
    "search": "mdi6.magnify",
    "keyboard": "mdi6.keyboard-outline",
    "delete": "mdi6.close",
    "shown": "mdi6.eye-outline",
    "hidden": "mdi6.eye-off-outline",
    "export": "mdi6.image-outline",
    "movie": "mdi6.movie-open-outline",
    "apply": "mdi6.content-duplicate",
    "size": "mdi6.circle-outline",
    "units": "mdi6.dots-grid",
    "classifier": "mdi6.chart-bar",
    "experiments": "mdi6.flask-outline",
    "strength": "mdi6.opacity",
    "brush": "mdi6.tune-variant",
}


def icon(name: str, colors: Colors) -> QIcon:
    """The icon of a name of this module's table; checked mode buttons get the color upon them."""
    options = {"color": colors.text, "color_disabled": colors.border}
    if name in tuple(Mode):
        on = getattr(colors, f"on_{name}")
        options |= {"color": colors.mode_text(Mode(name)).name(), "color_on": on}
    drawn: QIcon = qtawesome.icon(_NAMES[name], **options)
    return drawn
