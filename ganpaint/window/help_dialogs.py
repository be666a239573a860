"""Help: the guide, and what this program is made of."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

from PySide6.QtCore import Qt, QTimer, QUrl, qVersion
from PySide6.QtGui import QGuiApplication, QImage, QResizeEvent, QTextDocument
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

_WIDTH, _HEIGHT = 960, 680
#: A window that is being dragged larger changes all the time, ms.
_REST_MS = 150
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


class GuideText(QTextBrowser):
    """A text whose pictures are no wider than it is: nothing is cut off at the side."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._said = ""
        self._width = 0
        self.document().setDocumentMargin(2 * GRID)
        # Always there: one that comes while pictures are read would leave them less room.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self._resized = QTimer(self, singleShot=True, interval=_REST_MS)
        self._resized.timeout.connect(self._refit)

    @property
    def picture_width(self) -> int:
        """What there is for a picture, px."""
        return max(1, self.viewport().width() - round(2 * self.document().documentMargin()))

    def set_guide(self, markdown: str) -> None:
        """Show a text; its pictures are looked for below the document's base address."""
        self._said, self._width = markdown, self.picture_width
        self.setMarkdown(markdown)

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """Pictures come as wide as fits, in the screen's own pixels."""
        if kind != QTextDocument.ResourceType.ImageResource.value:
            return super().loadResource(kind, name)
        picture = QImage(self.document().baseUrl().resolved(QUrl(name)).toLocalFile())
        ratio = self.devicePixelRatioF()
        room = round(self.picture_width * ratio)
        if picture.width() > room:
            picture = picture.scaledToWidth(room, Qt.TransformationMode.SmoothTransformation)
            picture.setDevicePixelRatio(ratio)
        return picture

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures again once the hand rests."""
        super().resizeEvent(event)
        if self._said and self.picture_width != self._width:
            self._resized.start()

    def _refit(self) -> None:
        bar = self.verticalScrollBar()
        share = bar.value() / max(1, bar.maximum())
        self.set_guide(self._said)
        bar.setValue(round(share * bar.maximum()))


class GuideDialog(QDialog):
    """The guide with its pictures, beside the window."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Guide")
        self.text = GuideText(self)
        self.text.setOpenExternalLinks(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.text)
        self.resize(min(_WIDTH, parent.width()), min(_HEIGHT, parent.height()))
        column.activate()  # pictures are read as wide as fits, once
        path = guide_file()
        if path.is_file():
            self.text.setSearchPaths([str(path.parent)])
            self.text.document().setBaseUrl(QUrl.fromLocalFile(f"{path.parent}/"))
            self.text.set_guide(path.read_text(encoding="utf-8"))
        else:
            self.text.setPlainText("The guide is missing from this installation; install it again.")


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
