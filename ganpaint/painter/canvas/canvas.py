"""The canvas: shows the live picture and lets the mouse paint on it."""

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QImage, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QWidget

from dissection.painting.edits import Stroke
from ganpaint.painter.canvas.cells_overlay import CellsOverlay
from ganpaint.painter.canvas.comparison import Comparison, View
from ganpaint.painter.canvas.labels import TAG_PX, draw_tag
from ganpaint.painter.canvas.legends import DifferenceScale, LineLegend
from ganpaint.painter.canvas.mask_item import MaskItem
from ganpaint.painter.canvas.message_room import MessageRoom
from ganpaint.painter.canvas.paint_tool import PaintTool, mode_of, stepped
from ganpaint.painter.canvas.picture_item import PictureItem
from ganpaint.painter.canvas.pointer import LaidItem, Pointer
from ganpaint.painter.canvas.ring_item import RingItem
from ganpaint.painter.canvas.split_item import SplitItem
from ganpaint.painter.canvas.stroke_overlay import StrokeOverlay
from ganpaint.painter.canvas.view import STEP, PictureView
from ganpaint.painter.document.document import Document
from ganpaint.painter.live_picture import LivePicture
from ganpaint.toolkit.notice import Notice
from ganpaint.toolkit.overlay_panel import PlateStack
from ganpaint.toolkit.theme import GRID, Theme

_RING_Z, _LINE_Z = 10.0, 5.0
_CTRL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


class Canvas(PictureView):
    """The picture of the document, the brush ring, the painted mask, and sentences below them.

    Attributes:
        comparison: whether it is shown as edited, before, split, or as the difference.
        cells: the feature-map cells that are painted on.
        overlay: the mask of the stroke being painted.
        hint: the line of the first start.
        message: errors, and things that were done.
        legends: what lines and colors mean, in one stack.
        waiting: what is awaited while there is no picture.

    Signals:
        hovered(QPointF or None): the cursor, in picture pixels; None outside of the picture.
        painted: a stroke was finished.
        pointer_changed: another tool has the mouse, or the brush has it again.
    """

    hovered = Signal(object)
    painted = Signal()
    pointer_changed = Signal()

    def __init__(
        self, document: Document, live: LivePicture, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._live = live
        self._theme = theme
        self._space = False
        self._failed = False
        self._cursor_at: QPointF | None = None
        self._pointer: Pointer | None = None
        self._pointing = False
        self._moving_line = False
        self._laid: list[LaidItem | MaskItem] = []
        self.comparison = Comparison(self)
        self.picture = PictureItem()
        self.split = SplitItem()
        self.cells = CellsOverlay(document, theme, self)
        self.overlay = StrokeOverlay(document, live, theme, self)
        self.pointed_mask = MaskItem()
        self.ring = RingItem()
        for item in (self.picture, self.split.before, self.ring):
            self.scene().addItem(item)
        self.ring.setZValue(_RING_Z)
        self.split.setZValue(_LINE_Z)
        for laid in (self.split, self.overlay.mask, self.pointed_mask, self.cells.item):
            self.lay(laid)
        self.tool = PaintTool(document, self)
        self.waiting = Notice(self, Qt.AlignmentFlag.AlignCenter)
        self.hint = Notice(self, Qt.AlignmentFlag.AlignBottom)
        self.message = Notice(self, Qt.AlignmentFlag.AlignBottom, above=self.hint)
        self._room = MessageRoom(
            self, (self.hint, self.message), self.keep_below, lambda: self._busy
        )
        self.legends = PlateStack(self)
        self.difference_scale, self.cells_legend = DifferenceScale(self), LineLegend(self)
        for plate in (self.difference_scale, self.cells_legend):
            plate.stand_in(self.legends)
        self.cells.changed.connect(self._show_legends)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.tool.refused.connect(lambda text: self.message.say(text, passing=True))
        self.comparison.changed.connect(self._show_picture)
        live.changed.connect(self._take_frame)
        live.before_changed.connect(self._show_picture)
        live.cleared.connect(self._clear)
        live.failed.connect(self._note_failure)
        document.scene_changed.connect(self.pointed_mask.clear)
        document.brush_changed.connect(self._place_ring)
        self.zoomed.connect(self._follow_zoom)
        self.retheme()

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        self.setBackgroundBrush(QColor(self._theme.colors.canvas))
        self.setStyleSheet(f"QGraphicsView {{ background: {self._theme.colors.canvas}; }}")
        self.cells.refresh()
        self._place_ring()

    @property
    def shown(self) -> QImage:
        """The picture on screen: as edited, before it, or the difference."""
        return self.picture.image

    @property
    def has_picture(self) -> bool:
        """Whether a picture can be seen and painted on.

        While another model loads there is none here, though the document may know the next one.
        """
        return self._live.image is not None and not self.picture.size.isEmpty()

    def point_at(self, stroke: Stroke | None) -> None:
        """Show the mask of a finished stroke; None hides it."""
        if stroke is None:
            self.pointed_mask.clear()
        else:
            self.pointed_mask.show_mask(stroke.mask, self._theme.colors.mode(stroke.mode))

    def lay(self, item: LaidItem | MaskItem) -> None:
        """Put an item over the picture and over those laid before it, below the brush ring."""
        self.scene().addItem(item)
        self._laid.append(item)
        item.set_area(self.picture.boundingRect())

    @property
    def pointer(self) -> Pointer | None:
        """The tool that has the mouse; None while that is the brush."""
        return self._pointer

    def use(self, pointer: Pointer | None) -> None:
        """Give the mouse to a tool in place of the brush, or back; the middle button still pans."""
        if pointer is self._pointer:
            return
        left, self._pointer, self._pointing = self._pointer, pointer, False
        if left is not None:
            left.dismiss()
        self._place_ring()
        self.pointer_changed.emit()

    def step_radius(self, steps: int) -> None:
        """Make the brush that many keystrokes larger, or smaller if negative."""
        radius = stepped(self._document.choice.radius, steps, self.largest_radius)
        self._document.choose(radius=radius)

    @property
    def largest_radius(self) -> float:
        """Half of the picture, in its pixels."""
        size = self.picture.size
        return max(size.width(), size.height(), 32) / 2

    # What is shown --------------------------------------------------------------------------------

    def _clear(self) -> None:
        self.picture.set_image(QImage())
        self.message.hide()
        self.waiting.say(f"Loading {self._document.scene.model.rpartition('/')[2]} …")
        self._place_ring()

    def _note_failure(self) -> None:
        self._failed = True
        self.waiting.hide()

    def _take_frame(self) -> None:
        if self._failed:
            self._failed = False
            self.message.hide()
        self._show_picture()

    def _show_picture(self) -> None:
        before, after = self._live.before, self._live.image
        if after is None:
            return
        self.waiting.hide()
        image = self.comparison.picture(before, after)
        self.picture.set_image(image)
        area = QRectF(image.rect())
        for item in self._laid:
            item.set_area(area)
        split = self.comparison.view == View.SPLIT and not self.comparison.held
        if split and before is not None and before.size() == after.size():
            self.split.show_split(before, self.comparison.share)
        else:
            self.split.hide_split()
        self.cells.item.setOpacity(0.0 if self.comparison.held else 1.0)
        self.set_area(area)
        self._show_legends()
        self.viewport().update()  # the words over the picture

    def _follow_zoom(self) -> None:
        self.picture.fitted = self.fitted
        self.split.set_scale(self.scale_factor, self.fitted)
        self._place_ring()

    def _place_ring(self, modifiers: Qt.KeyboardModifier | None = None) -> None:
        at = None if self._cursor_at is None else self.to_picture(self._cursor_at)
        inside = at is not None and self.has_picture
        line = self._moving_line or (
            at is not None and not self.tool.painting and self.split.near(at)
        )
        busy = self._space or self.panning
        paints = inside and not (busy or line) and self._pointer is None
        self.ring.setVisible(paints)
        if busy:
            closed = self.panning
            shape = Qt.CursorShape.ClosedHandCursor if closed else Qt.CursorShape.OpenHandCursor
        elif line:
            shape = Qt.CursorShape.SplitHCursor
        elif inside:
            shape = self._pointer.cursor if self._pointer else Qt.CursorShape.BlankCursor
        else:
            shape = Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        mode = self.tool.mode
        if not self.tool.painting:
            held = modifiers if modifiers is not None else Qt.KeyboardModifier.NoModifier
            mode = mode_of(self._document.choice.mode, held)
        self.cells.follow((at, self.picture.size, mode) if paints and at else None)
        if at is None:
            return
        self.ring.place(
            at,
            self._document.choice.radius,
            self._theme.colors.mode(mode),
            self.scale_factor,
        )

    # The mouse ------------------------------------------------------------------------------------

    @property
    def _busy(self) -> bool:
        """Whether a button is down that began something."""
        tool = self.tool.painting or self.tool.resizing
        return tool or self.panning or self._pointing or self._moving_line

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Paint, pan, or change the brush size."""
        event.accept()
        button = event.button()
        if self._busy:
            return
        if button == Qt.MouseButton.MiddleButton or (
            button == Qt.MouseButton.LeftButton and self._space
        ):
            self.begin_pan(event)
        elif not self.has_picture or button not in (
            Qt.MouseButton.LeftButton,
            Qt.MouseButton.RightButton,
        ):
            return
        elif self.split.near(self.to_picture(event.position())):
            self._moving_line = button == Qt.MouseButton.LeftButton
        elif self._pointer is not None:
            if button == Qt.MouseButton.LeftButton:
                self._pointing = True
                self._pointer.press(self.to_picture(event.position()), event.modifiers())
        elif event.modifiers() & _CTRL_SHIFT == _CTRL_SHIFT:
            self.tool.begin_resize(self.to_picture(event.position()).x())
        else:
            mode = mode_of(self._document.choice.mode, event.modifiers(), button)
            size: QSize = self.picture.size
            self.tool.press(self.to_picture(event.position()), size, mode)
        self._cursor_at = event.position()
        self._place_ring(event.modifiers())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Carry on what the press began; else the ring follows."""
        event.accept()
        position = self.to_picture(event.position())
        if self.panning:
            self.pan(event)
        elif self._moving_line:
            self.comparison.move_line(position.x() / max(self.picture.size.width(), 1))
        elif self.tool.resizing:
            self.tool.resize(position.x(), self.largest_radius)
            return  # the ring stays where it is while it grows
        elif self.tool.painting:
            straight = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.tool.move(position, straight)
        elif self._pointer is not None:
            self._pointer.move(position, self._pointing)
        self._cursor_at = event.position()
        self._place_ring(event.modifiers())
        self.hovered.emit(position if self.picture.boundingRect().contains(position) else None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Finish what the press began."""
        event.accept()
        if self.tool.painting:
            if event.buttons() & (Qt.MouseButton.LeftButton | Qt.MouseButton.RightButton):
                return  # the other button is still down
            before = len(self._document.strokes)
            self.tool.release()
            if len(self._document.strokes) > before:
                self.painted.emit()
        if event.button() == Qt.MouseButton.LeftButton:
            self._moving_line = False
        if self._pointing and event.button() == Qt.MouseButton.LeftButton:
            self._pointing = False
            if self._pointer is not None:
                self._pointer.release(self.to_picture(event.position()))
        self.tool.end_resize()
        self.end_pan()
        self._room.arrange()
        self._place_ring(event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Two quick dabs are two dabs."""
        self.mousePressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """The ring appears."""
        super().enterEvent(event)
        self._cursor_at = event.position()
        self._place_ring()

    def leaveEvent(self, event: QEvent) -> None:
        """The ring goes with the mouse."""
        super().leaveEvent(event)
        self._cursor_at = None
        self._place_ring()
        self.hovered.emit(None)

    # Keys -----------------------------------------------------------------------------------------

    def hold_space(self, down: bool) -> None:
        """While Space is down the left button pans."""
        self._space = down
        self._place_ring()

    def hold_other(self, down: bool) -> None:
        """While Ctrl is down the ring shows the other mode."""
        held = Qt.KeyboardModifier.ControlModifier if down else Qt.KeyboardModifier.NoModifier
        self._place_ring(held)

    def zoom_step(self, steps: int) -> None:
        """Zoom by keys: at the cursor if it is on the canvas, else in the middle."""
        self.zoom(STEP**steps, self._cursor_at)

    def escape(self) -> None:
        """Leave the stroke being painted, or the tool that has the mouse, or what is said."""
        if self.tool.painting:
            self.tool.abort()
            self._place_ring()
        elif self._pointer is not None:
            self.use(None)
        else:
            self.message.put_away()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys belong to the window, arrows too."""
        event.ignore()

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        """Say what is shown where that is not simply the edited picture."""
        super().drawForeground(painter, rect)
        if self._live.image is None:
            return
        painter.resetTransform()
        area = QRectF(self.mapFromScene(self.picture.boundingRect()).boundingRect())
        area = area.intersected(QRectF(self.viewport().rect())).adjusted(GRID, GRID, -GRID, -GRID)
        before_said, after_said = self._tags()
        if before_said:
            draw_tag(painter, area.topLeft(), "Before")
        if after_said:
            draw_tag(painter, area.topRight(), "After", right=True)

    def _tags(self) -> tuple[bool, bool]:
        """Whether *Before* and *After* are said over the picture."""
        if self.comparison.held:
            return self._live.before is not None and bool(self._document.strokes), False
        split = self.comparison.view == View.SPLIT and self.split.isVisible()
        return split, split

    def _show_legends(self) -> None:
        difference = self.comparison.view == View.DIFFERENCE and self._live.before is not None
        shown = difference and not self.comparison.held
        self.difference_scale.show_gain(self.comparison.gain if shown else None)
        self.cells_legend.show_rows(() if self.comparison.held else self.cells.captions)
        self.legends.keep_free(TAG_PX + GRID if self._tags()[0] else 0)


def cell_at(position: QPointF, size: QSize, grid: tuple[int, int]) -> tuple[int, int]:
    """The feature-map cell (row, column) under a picture position."""
    row = int(position.y() / size.height() * grid[0])
    column = int(position.x() / size.width() * grid[1])
    return min(row, grid[0] - 1), min(column, grid[1] - 1)
