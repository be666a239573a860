"""One picture: its class scores with and without units, and the fewest units that turn it."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from dissection.data.images import Picture
from ganpaint.classifier.colors import BLUE, ORANGE
from ganpaint.classifier.questions import OnePicture
from ganpaint.toolkit.plain import plain, plain_tip
from ganpaint.toolkit.theme import FIGURES_PX, GRID, Theme

_SIDE, _MAP, _BARS, _LINE, _NAMES = 140, 72, 5, 24, 112
#: Maps of units that are shown.
_MAPS = 5


def as_image(picture: Picture) -> QImage:
    """A picture for the screen, of uint8 (H, W, 3)."""
    height, width = picture.shape[:2]
    data = np.ascontiguousarray(picture)
    return QImage(data.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def map_over(picture: Picture, values: NDArray[np.float32]) -> QImage:
    """A picture that is bright where a unit is active.

    Args:
        picture: uint8 (H, W, 3).
        values: float32 (h, w), the unit's map.
    """
    height, width = picture.shape[:2]
    rows = np.arange(height) * values.shape[0] // height
    columns = np.arange(width) * values.shape[1] // width
    top = float(values.max())
    share = np.clip(values / top, 0, 1) if top > 0 else np.zeros_like(values)
    light = 0.2 + 0.8 * share[rows][:, columns][..., None]
    return as_image((picture * light).astype(np.uint8))


class ScoreBars(QWidget):
    """The highest class scores, with all units and without some."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._names: tuple[str, ...] = ()
        self._found: OnePicture | None = None

    def show_scores(self, names: tuple[str, ...], found: OnePicture | None) -> None:
        """Show another picture's."""
        self._names, self._found = names, found
        self.update()

    def sizeHint(self) -> QSize:
        """Five classes."""
        return QSize(260, _BARS * _LINE + 16)

    def paintEvent(self, _: QPaintEvent) -> None:
        """A pair of bars for each class."""
        if self._found is None:
            return
        painter = QPainter(self)
        font = QFont(self.font())
        font.setPixelSize(FIGURES_PX)
        painter.setFont(font)
        found, colors = self._found, self._theme.colors
        order = np.argsort(-np.maximum(found.whole, found.without), kind="stable")[:_BARS]
        room = self.width() - _NAMES - 40
        for row, number in enumerate(order):
            top = row * _LINE
            painter.setPen(QColor(colors.text))
            name = painter.fontMetrics().elidedText(
                self._names[number], Qt.TextElideMode.ElideRight, _NAMES - GRID
            )
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRect(0, top, _NAMES, _LINE - 4), middle, name)
            for place, (scores, color) in enumerate(((found.whole, BLUE), (found.without, ORANGE))):
                score = float(scores[number])
                bar = QRect(_NAMES, top + 10 * place, max(1, round(room * score)), 9)
                painter.fillRect(bar, QColor(color))
                at = QRect(bar.right() + 4, bar.top() - 2, 40, 13)
                painter.drawText(at, middle, f"{100 * score:.0f} %")
        below = QRect(0, len(order) * _LINE, self.width(), 16)
        painter.setPen(QColor(colors.muted))
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, "above: all units; below: without")


class PicturePanel(QWidget):
    """One of the held-out pictures.

    Signals:
        fewest_wanted: the fewest units that turn its decision are to be found.
        take_out(object): these units are to be taken out.
    """

    fewest_wanted = Signal()
    take_out = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._picture: Picture | None = None
        self._units: tuple[int, ...] = ()
        self.said = plain(QLabel("Click a picture above to see its scores.", self, wordWrap=True))
        self.said.setProperty("role", "muted")
        self._image = QLabel(self)
        self._image.setFixedSize(_SIDE, _SIDE)
        self.bars = ScoreBars(theme, self)
        self.fewest = QPushButton("Fewest units that turn it", self)
        self.fewest.setToolTip("Find few units whose removal turns the decision on this picture")
        self.take = QPushButton("Take these out", self)
        self._maps = QGridLayout()
        self._maps.setSpacing(GRID // 2)
        self._tiles: list[tuple[QLabel, QLabel]] = []
        for place in range(_MAPS):
            tile, name = QLabel(self), plain(QLabel(self))
            name.setProperty("role", "muted")
            self._maps.addWidget(tile, 0, place)
            self._maps.addWidget(name, 1, place)
            self._tiles.append((tile, name))
        self._maps.setColumnStretch(_MAPS, 1)
        row = QHBoxLayout()
        row.addWidget(self._image)
        row.addWidget(self.bars, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.fewest)
        buttons.addWidget(self.take)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.said)
        column.addLayout(row)
        column.addLayout(buttons)
        column.addLayout(self._maps)
        self.fewest.clicked.connect(self._ask)
        self.take.clicked.connect(lambda: self.take_out.emit(self._units))
        self.clear()

    def clear(self) -> None:
        """No picture is chosen."""
        self._picture = None
        self.said.setText("Click a picture that flips to see its scores.")
        for widget in (self._image, self.bars, self.fewest):
            widget.hide()
        self._forget_units()

    def show_picture(self, names: tuple[str, ...], target: str, found: OnePicture) -> None:
        """Show a picture's scores."""
        if self._picture is not found.picture:
            self._forget_units()
            self.fewest.setEnabled(True)
        self._picture = found.picture
        self._image.setPixmap(_scaled(as_image(found.picture), _SIDE))
        self.bars.show_scores(names, found)
        self.said.setText(f"A picture of {target}")
        for widget in (self._image, self.bars, self.fewest):
            widget.show()

    def show_fewest(self, units: tuple[int, ...] | None, maps: NDArray[np.float32]) -> None:
        """Show the units that turn the decision, and where they are active."""
        self.fewest.setEnabled(True)
        self._forget_units()
        if units is None or self._picture is None:
            self.said.setText("No units turn the decision on this picture.")
            return
        self._units = units
        listed = ", ".join(str(unit) for unit in units)
        several = "s" if len(units) > 1 else ""
        self.said.setText(f"Without unit{several} {listed} the decision is another.")
        self.take.show()
        for (tile, name), unit, values in zip(self._tiles, units, maps, strict=False):
            if values.ndim == 2:
                tile.setPixmap(_scaled(map_over(self._picture, values), _MAP))
                tile.setToolTip(plain_tip(f"Bright where unit {unit} is active"))
            name.setText(f"unit {unit}")
            tile.show()
            name.show()

    def _ask(self) -> None:
        self.fewest.setEnabled(False)
        self.said.setText("Looking for the fewest units…")
        self.fewest_wanted.emit()

    def _forget_units(self) -> None:
        self._units = ()
        self.take.hide()
        for tile, name in self._tiles:
            tile.hide()
            name.hide()


def _scaled(image: QImage, side: int) -> QPixmap:
    smooth = Qt.TransformationMode.SmoothTransformation
    return QPixmap.fromImage(image).scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio, smooth)
