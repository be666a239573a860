"""The view of the picture: zoom at the cursor, fit, one to one, and panning."""

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent, QTransform, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

STEP = 1.25
_MARGIN_PX = 16
_LARGEST = 64.0
_NOTCH = 120


class PictureView(QGraphicsView):
    """Shows an area of picture pixels; knows nothing of what is in it.

    Attributes:
        fitted: the whole picture is shown, as large as there is room.

    Signals:
        zoomed: scale, position or ``fitted`` changed.
    """

    zoomed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setScene(QGraphicsScene(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(200, 120)
        self.fitted = True
        self._area = QRectF(0, 0, 1, 1)
        self._pan_from: QPoint | None = None

    @property
    def scale_factor(self) -> float:
        """Screen pixels (device-independent) for each picture pixel."""
        return self.transform().m11()

    @property
    def panning(self) -> bool:
        """Whether the mouse is moving the picture."""
        return self._pan_from is not None

    def keep_below(self, height: int) -> None:
        """Leave so many screen pixels at the lower edge to others: no picture is shown there."""
        self.setViewportMargins(0, 0, 0, height)

    def set_area(self, area: QRectF) -> None:
        """The area of the picture, in its pixels; another size is fitted anew."""
        if area != self._area:
            self._area = area
            self.fit()

    def to_picture(self, position: QPointF) -> QPointF:
        """Viewport coordinates as continuous picture pixels."""
        inverted, _ = self.viewportTransform().inverted()
        return inverted.map(position)

    def fit(self) -> None:
        """Show the whole picture, as large as there is room."""
        self.fitted = True
        self._set_scale(self._fitting_scale())
        self.centerOn(self._area.center())
        self.zoomed.emit()

    def actual_size(self) -> None:
        """One picture pixel for each pixel of the screen."""
        self.zoom(1.0 / self.devicePixelRatioF() / self.scale_factor)

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Enlarge by a factor; what is under ``at`` (viewport; None: the middle) stays there."""
        at = at if at is not None else QRectF(self.viewport().rect()).center()
        fixed = self.to_picture(at)
        smallest = min(1.0, self._fitting_scale()) / 2
        self.fitted = False
        self._set_scale(min(max(self.scale_factor * factor, smallest), _LARGEST))
        self._scroll_by(self.viewportTransform().map(fixed) - at)
        self.zoomed.emit()

    def begin_pan(self, event: QMouseEvent) -> None:
        """Let the picture follow the mouse from here on."""
        self._pan_from = event.position().toPoint()
        self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)

    def pan(self, event: QMouseEvent) -> None:
        """The mouse moved while the picture follows it."""
        if self._pan_from is not None:
            now = event.position().toPoint()
            self.fitted = False
            self._scroll_by(QPointF(self._pan_from - now))
            self._pan_from = now
            self.zoomed.emit()

    def end_pan(self) -> None:
        """Let the picture lie."""
        self._pan_from = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the cursor."""
        notches = event.angleDelta().y() / _NOTCH
        if notches:
            self.zoom(STEP**notches, event.position())
        event.accept()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A fitted picture stays fitted."""
        super().resizeEvent(event)
        if self.fitted:
            self.fit()
        else:
            self._set_scale(self.scale_factor)

    def _fitting_scale(self) -> float:
        room = self.viewport().size()
        width = max(room.width() - 2 * _MARGIN_PX, 1) / self._area.width()
        height = max(room.height() - 2 * _MARGIN_PX, 1) / self._area.height()
        return min(width, height)

    def _set_scale(self, scale: float) -> None:
        self.setTransform(QTransform.fromScale(scale, scale))
        # Half a window of room around the picture: any corner can be brought to the middle.
        across = self.viewport().width() / scale / 2
        down = self.viewport().height() / scale / 2
        self.setSceneRect(self._area.adjusted(-across, -down, across, down))

    def _scroll_by(self, delta: QPointF) -> None:
        horizontal, vertical = self.horizontalScrollBar(), self.verticalScrollBar()
        horizontal.setValue(horizontal.value() + round(delta.x()))
        vertical.setValue(vertical.value() + round(delta.y()))
