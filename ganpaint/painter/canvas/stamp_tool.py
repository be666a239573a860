"""Stamping a patch: a ghost of it under the cursor, aligned to cells; a click puts it down."""

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from dissection.painting.edits import Mode
from dissection.painting.patches import Stamp
from ganpaint.painter.analysis.patch_clipboard import PatchClipboard
from ganpaint.painter.canvas.canvas import Canvas
from ganpaint.painter.canvas.pens import SHADOW, screen_pen
from ganpaint.painter.canvas.pointer import LaidItem
from ganpaint.painter.document.document import Document
from ganpaint.toolkit.theme import Theme

_GHOST = 0.6


class GhostItem(LaidItem):
    """What a patch looked like, half seen through, where it would be put."""

    def __init__(self) -> None:
        super().__init__()
        self._place = QRectF()
        self._image = QImage()
        self._color = QColor()
        self._down = False
        self.hide()

    @property
    def place(self) -> QRectF:
        """Picture pixels; empty while hidden."""
        return self._place if self.isVisible() else QRectF()

    def show_ghost(self, image: QImage, place: QRectF, color: QColor, down: bool) -> None:
        """Show it elsewhere; of one that is put down already only the outline."""
        self._image, self._place, self._color, self._down = image, place, color, down
        self.show()
        self.update()

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Qt calls this."""
        painter.save()
        painter.setClipRect(self.area, Qt.ClipOperation.IntersectClip)
        if not self._down:
            painter.setOpacity(_GHOST)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(self._place, self._image)
            painter.setOpacity(1.0)
        for color, width in ((SHADOW, 4.0), (self._color, 2.0)):
            pen = screen_pen(painter, color, width)
            painter.setPen(pen)
            painter.drawRect(self._place)
        painter.restore()


class StampTool(QObject):
    """A ``Pointer``: puts the patch of the clipboard down; one press is one stroke.

    Attributes:
        ghost: the item under the cursor.

    Signals:
        used(bool): the stamp has the mouse, or has it no longer.
        stamped: a stroke was finished.
        refused(str): nothing can be stamped; one sentence says why.
    """

    used = Signal(bool)
    stamped = Signal()
    refused = Signal(str)
    cursor = Qt.CursorShape.CrossCursor

    def __init__(
        self,
        document: Document,
        patch_clipboard: PatchClipboard,
        canvas: Canvas,
        theme: Theme,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._patch_clipboard = patch_clipboard
        self._canvas = canvas
        self._theme = theme
        self._stamp: Stamp | None = None
        self._down = False
        self.ghost = GhostItem()
        canvas.lay(self.ghost)
        canvas.hovered.connect(self._hover)
        canvas.pointer_changed.connect(lambda: self.used.emit(self.on))
        document.scene_changed.connect(self._forget)

    @property
    def on(self) -> bool:
        """Whether the mouse stamps now."""
        return self._canvas.pointer is self

    def switch(self, on: bool) -> None:
        """Give the mouse to the stamp, or back to the brush."""
        if on and self._patch_clipboard.refusal:
            self.refused.emit(self._patch_clipboard.refusal)
            self.used.emit(self.on)
        elif on:
            self._canvas.use(self)
            self._canvas.setFocus()  # for Esc
        elif self.on:
            self._canvas.use(None)

    def press(self, position: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Put the patch down, to be seen at once; it can be moved until the button is up."""
        if self._patch_clipboard.refusal:
            self.refused.emit(self._patch_clipboard.refusal)
            return
        self._down, self._stamp = True, None
        self.move(position, True)

    def move(self, position: QPointF, down: bool) -> None:
        """Carry the ghost along, or what was put down."""
        size = self._canvas.picture.size
        stamp = self._patch_clipboard.place(position, size)
        if stamp is None:
            self.ghost.hide()
            return
        area = self._patch_clipboard.area(stamp, size)
        color = self._theme.colors.mode(Mode.DRAW)
        self.ghost.show_ghost(self._patch_clipboard.picture, area, color, self._down)
        if self._down and not _same(stamp, self._stamp):
            self._stamp = stamp
            self._document.preview(self._patch_clipboard.stroke(stamp, size))

    def release(self, position: QPointF) -> None:
        """It stays where it is; one that missed the picture is none."""
        live, self._down = self._document.live, False
        if live is None or live.stamp is None:
            return
        if live.mask.any():
            self._document.finish_stroke()
            self.stamped.emit()
        else:
            self._document.abort_stroke()
        self.ghost.hide()  # until the mouse moves on: one sees what became of it

    def dismiss(self) -> None:
        """Esc, or another tool: what is not put down never was."""
        self._forget()

    def _forget(self) -> None:
        self.ghost.hide()
        if self._down:
            self._down = False
            self._document.abort_stroke()

    def _hover(self, position: QPointF | None) -> None:
        if position is None and not self._down:
            self.ghost.hide()


def _same(one: Stamp, other: Stamp | None) -> bool:
    return other is not None and (one.row, one.column) == (other.row, other.column)
