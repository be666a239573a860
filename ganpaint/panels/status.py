"""The status bar: what renders and how fast, the scene, the cell under the cursor, the brush."""

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from dissection.edits import Mode
from ganpaint.canvas.canvas import Canvas, cell_at
from ganpaint.document import Document
from ganpaint.live_picture import LivePicture
from ganpaint.requests import Frame, Purpose


class StatusBar(QStatusBar):
    """Quiet figures; nothing here has to be read to paint."""

    def __init__(
        self, document: Document, live: LivePicture, canvas: Canvas, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._document = document
        self._canvas = canvas
        self._engine = QLabel("Starting …", self)
        self._place = QLabel(self)
        self._brush = QLabel(self)
        self.addWidget(self._engine)
        self.addWidget(self._place, 1)
        self.addPermanentWidget(self._brush)
        self._place_text = ""
        live.changed.connect(self._show_frame)
        live.cleared.connect(lambda: self._engine.setText("Loading …"))
        live.failed.connect(lambda _sentence: self._engine.setText("No picture"))
        canvas.hovered.connect(self._show_place)
        document.brush_changed.connect(self._show_brush)
        document.palette_changed.connect(self._show_brush)
        self._show_brush()

    @property
    def text(self) -> str:
        """All that the bar says."""
        return " · ".join(
            t for t in (self._engine.text(), self._place_text, self._brush.text()) if t
        )

    def _show_frame(self, frame: Frame) -> None:
        if frame.request.purpose == Purpose.REST and self._engine.text().startswith(
            frame.engine.split()[0]
        ):
            return  # the time that matters is that of the live picture
        size = f"{frame.image.width()} × {frame.image.height()}"
        seed = frame.request.scene.name
        self._engine.setText(f"{frame.engine} · {frame.milliseconds:.0f} ms · seed {seed} · {size}")

    def _show_place(self, position: QPointF | None) -> None:
        self._place_text = ""
        if position is not None:
            self._place_text = f"pixel ({int(position.x())}, {int(position.y())})"
            found = self._document.in_hand
            for layer in found.brush.layers if found else ():
                grid = self._document.palette.grid(layer)
                row, column = cell_at(position, self._canvas.picture.size, grid)
                self._place_text += f" · {layer} cell ({row}, {column})"
        self._place.setText(self._place_text)

    def _show_brush(self) -> None:
        choice, found = self._document.choice, self._document.in_hand
        if choice.mode == Mode.RESTORE:
            self._brush.setText("restore: takes edits away")
        elif found is None:
            self._brush.setText("no brush")
        else:
            order = {"iou": "IoU", "effect": "effect"}[found.order]
            self._brush.setText(
                f"{choice.mode} {found.brush.concept} · {found.units} units of {found.layers} "
                f"by {order}"
            )
