"""Writes charts and the grid to files: PNG, SVG, CSV, as the name ends."""

import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

from dissection.errors import BadInputError, printable
from dissection.runtime.files import replacing, write_text
from ganpaint.toolkit.file_dialogs import ask_new_file

FILES = "Picture (*.png);;Drawing (*.svg);;Table (*.csv)"
#: Letters of a name that is offered, without its ending; file systems take some 250 bytes.
_LONGEST = 60
#: Pixels of a PNG for each of the screen's.
_SHARPER = 2


def ask_path(parent: QWidget, title: str, name: str) -> Path | None:
    """Ask where to write; None if nowhere. A name without an ending gets that of the kind.

    Args:
        parent: lies under it.
        title: of the dialog.
        name: of the file that is offered, which may hold names from other files.
    """
    path, kind = ask_new_file(parent, title, file_name(name), FILES, "exports")
    if path is None:
        return None
    if path.suffix.lower() not in (".png", ".svg", ".csv"):
        ending = next((e for e in (".svg", ".csv") if e in kind), ".png")
        path = path.with_name(path.name + ending)
    return path


def file_name(name: str) -> str:
    """A name with its ending as every file system takes it: short, without folders and spaces."""
    stem, dot, ending = printable(name).rpartition(".")
    safe = re.sub(r"[^\w.()-]+", "-", stem)
    return f"{safe[:_LONGEST].strip('.-') or 'untitled'}{dot}{ending}"


def write_drawing(
    path: Path, size: QSize, background: QColor, draw: Callable[[QPainter], None], csv: str
) -> None:
    """Write what a function draws, or the table behind it.

    Args:
        path: ends in .png, .svg or .csv.
        size: of the drawing, in pixels of the screen.
        background: its color.
        draw: paints it into (0, 0) to ``size``.
        csv: the table.

    Raises:
        BadInputError: another ending, or the file cannot be written.
        DissectionError: the file cannot be written.
    """
    match path.suffix.lower():
        case ".csv":
            write_text(path, csv)
        case ".svg":
            with replacing(path) as temporary:
                generator = QSvgGenerator()
                generator.setFileName(str(temporary))
                generator.setSize(size)
                generator.setViewBox(QRect(0, 0, size.width(), size.height()))
                generator.setTitle(path.stem)
                painter = QPainter()
                if not painter.begin(generator):
                    raise BadInputError(f"Cannot write {path}; choose another place.")
                painter.fillRect(QRect(0, 0, size.width(), size.height()), background)
                draw(painter)
                painter.end()
        case ".png":
            image = QImage(size * _SHARPER, QImage.Format.Format_RGB32)
            image.fill(background)
            painter = QPainter(image)
            painter.scale(_SHARPER, _SHARPER)
            draw(painter)
            painter.end()
            with replacing(path) as temporary:
                if not image.save(str(temporary)):
                    raise BadInputError(f"Cannot write {path}; choose another place.")
        case _:
            raise BadInputError(f"A chart is written as .png, .svg or .csv, not to {path.name}.")
