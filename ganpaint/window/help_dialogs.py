"""Help: the guide, and what this program is made of."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

from PySide6.QtCore import Qt, QUrl, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from dissection import __version__
from dissection.runtime.resources import resources_folder
from ganpaint.toolkit.theme import GRID

_WIDTH, _HEIGHT = 760, 640
#: Distributions whose versions a report of a fault needs.
_PARTS = ("torch", "torchvision", "numpy", "PySide6-Essentials", "Pillow", "safetensors")
_ABOUT = (
    "Paints objects into and out of the pictures of a generative network, by switching the "
    "network's own units on and off, after Bau et al., <i>Understanding the role of individual "
    "units in a deep neural network</i> (PNAS, 2020)."
)


def guide_file() -> Path:
    """The guide: in a checkout beside the resources, in a wheel among them. It need not exist."""
    among = resources_folder() / "guide" / "guide.md"
    return among if among.is_file() else resources_folder().parent / "docs" / "guide.md"


def versions() -> dict[str, str]:
    """Names and versions of the program and of what it is made of."""
    found = {"GANPaint": __version__, "Python": python_version(), "Qt": str(qVersion())}
    for name in _PARTS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a build under another name
            continue
    return found


class GuideDialog(QDialog):
    """The guide with its pictures, beside the window."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Guide")
        self.text = QTextBrowser(self)
        self.text.setOpenExternalLinks(True)
        path = guide_file()
        if path.is_file():
            self.text.setSearchPaths([str(path.parent)])
            self.text.document().setBaseUrl(QUrl.fromLocalFile(f"{path.parent}/"))
            self.text.setMarkdown(path.read_text(encoding="utf-8"))
        else:
            self.text.setPlainText("The guide is missing from this installation; install it again.")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)
        self.resize(min(_WIDTH, parent.width()), min(_HEIGHT, parent.height()))


class AboutDialog(QDialog):
    """What the program is, and versions to copy."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("About GANPaint")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.said = "\n".join(f"{name} {number}" for name, number in versions().items())
        heading = QLabel(f"<b>GANPaint {__version__}</b>", self)
        what = QLabel(_ABOUT, self, wordWrap=True)
        parts = QLabel(self.said, self)
        parts.setProperty("role", "muted")
        self.copy = QPushButton("Copy versions", self)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.said))
        close = QPushButton("Close", self)
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addStretch(1)
        row.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        column.setSpacing(2 * GRID)
        for part in (heading, what, parts):
            column.addWidget(part)
        column.addLayout(row)
        self.setFixedWidth(420)
