"""The status bar: what renders and how fast, the cell under the cursor, what happened."""

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QStatusBar, QToolButton, QWidget

from dissection.painting.edits import Mode
from dissection.results.rarity import OWN_CATEGORY
from dissection.vocabulary import Concept
from ganpaint.painter.analysis.segmentation_view import SegmentationView
from ganpaint.painter.analysis.stroke_outcome import StrokeOutcome
from ganpaint.painter.canvas.canvas import Canvas, cell_at
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.palette import ORDER_WORDS
from ganpaint.painter.live_picture import LivePicture
from ganpaint.painter.panels.field_row import FieldRow
from ganpaint.rendering.requests import Frame, Purpose
from ganpaint.toolkit.plain import shortened

_PRECISION = {"bfloat16": "bf16", "float32": "fp32", "int8": "int8"}
_MOST_CHANGES = 3


class StatusBar(QStatusBar):
    """Quiet figures; nothing here has to be read to paint.

    Attributes:
        fields: ``engine``, ``place``, ``report`` (what a stroke or a tool did), ``job``,
            ``brush`` and ``zoom``.
    """

    def __init__(
        self,
        document: Document,
        live: LivePicture,
        canvas: Canvas,
        segmentation_view: SegmentationView,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self._document = document
        self._canvas = canvas
        self._segmentation_view = segmentation_view
        self._at: QPointF | None = None
        self._device = ""
        self.fields = FieldRow(
            ("engine", "place", "report", "job", "brush", "zoom"),
            right=("job", "brush", "zoom"),
            dispensable=("brush", "place", "report", "engine", "job", "zoom"),
            parent=self,
        )
        self.fields.say("engine", "Starting …")
        self._cancel = QToolButton(self)
        self._cancel.setText("×")
        self._cancel.setObjectName("cancel")
        self._cancel.setToolTip("Stop this")
        self._cancel.clicked.connect(self._stop)
        self._cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # it goes when clicked
        self._cancel.hide()
        self._jobs: dict[str, tuple[str, Callable[[], None] | None]] = {}
        self._stopping: Callable[[], None] | None = None
        self.addWidget(self.fields, 1)
        self.addPermanentWidget(self._cancel)
        live.changed.connect(self._show_frame)
        live.cleared.connect(lambda: self._say_engine("Loading …"))
        live.failed.connect(lambda _sentence: self._say_engine("No picture"))
        canvas.hovered.connect(self._hover)
        canvas.zoomed.connect(self._show_zoom)
        segmentation_view.changed.connect(self._show_place)
        segmentation_view.compared.connect(self._compare)
        document.scene_changed.connect(lambda: self.say(""))
        document.brush_changed.connect(self._show_brush)
        document.palette_changed.connect(self._show_brush)
        self._show_brush()

    @property
    def text(self) -> str:
        """All that the bar has to say, whether there is room for it or not."""
        names = ("engine", "place", "report", "job", "brush", "zoom")
        return " · ".join(text for text in map(self.fields.said, names) if text)

    def say(self, *texts: str) -> None:
        """Tell what happened, until something else does.

        Args:
            texts: the same said longer and shorter, the longest first.
        """
        self.fields.say("report", *texts)

    def show_job(self, name: str, text: str, cancel: Callable[[], None] | None = None) -> None:
        """Show what is being worked at, and how far it is; of several jobs the one begun last.

        Args:
            name: which job it is about.
            text: what it does, and how far it is; empty when it has ended.
            cancel: stops it; None where it cannot be stopped.
        """
        if text:
            self._jobs[name] = text, cancel
        else:
            self._jobs.pop(name, None)
        shown, self._stopping = list(self._jobs.values())[-1] if self._jobs else ("", None)
        self.fields.say("job", shown)
        self._cancel.setVisible(self._stopping is not None)

    def _stop(self) -> None:
        if self._stopping is not None:
            self._stopping()

    def _say_engine(self, text: str) -> None:
        self._device = ""
        self.fields.say("engine", text)

    def _show_frame(self, frame: Frame) -> None:
        device, _, precision = frame.engine.partition(" ")
        if frame.request.purpose == Purpose.REST and self._device == device:
            return  # the time that matters is that of the live picture
        self._device = device
        speed = f"{device} {_PRECISION.get(precision, precision)} · {frame.milliseconds:.0f} ms"
        scene = f"{speed} · seed {frame.request.scene.name}"
        size = f"{frame.image.width()} × {frame.image.height()}"
        self.fields.say("engine", f"{scene} · {size}", scene, speed)

    def _show_zoom(self) -> None:
        """Pixels of the screen for each of the picture: at 100 % one is the other."""
        scale = self._canvas.scale_factor * self._canvas.devicePixelRatioF()
        shown = f"{scale:.0%}".replace("%", " %") if self._canvas.has_picture else ""
        self.fields.say("zoom", shown)

    def _hover(self, position: QPointF | None) -> None:
        self._at = position
        self._show_place()

    def _show_place(self) -> None:
        at = self._at
        if at is None or self._canvas.picture.size.isEmpty():  # another model is being loaded
            self.fields.say("place")
            return
        row, column = int(at.y()), int(at.x())
        segmentation, size = self._segmentation_view.segmentation, self._canvas.picture.size
        concept = segmentation.thing_at(row, column) if segmentation else None
        grids = self._grids()
        cells = {layer: cell_at(at, size, grid) for layer, grid in grids.items()}
        where = " · ".join(f"{layer} cell ({x}, {y})" for layer, (y, x) in cells.items())
        what = ""
        if segmentation is not None and concept is not None:
            what = self._name(concept)
            if grids:
                first = next(iter(grids))
                what += f" {segmentation.cell_share(concept, cells[first], grids[first]):.2f}"
        pixel = f"pixel ({column}, {row})"
        whole, short = ([t for t in texts if t] for texts in ((pixel, where, what), (where, what)))
        self.fields.say("place", *filter(None, (" · ".join(whole), " · ".join(short), what)))

    def _grids(self) -> dict[str, tuple[int, int]]:
        """The feature-map sizes of the layers that the brush in hand changes."""
        in_hand, palette = self._document.in_hand, self._document.palette
        names = in_hand.brush.layers if in_hand else ()
        return {name: palette.grid(name) for name in names if name in palette.layers}

    def _show_brush(self) -> None:
        choice, in_hand = self._document.choice, self._document.in_hand
        if choice.mode == Mode.RESTORE:
            self.fields.say("brush", "restore: takes edits away", "restore")
        elif in_hand is None:
            self.fields.say("brush", "no brush")
        else:
            short = f"{choice.mode} {shortened(in_hand.brush.concept.name)}"
            long = f"{short} · {in_hand.units} units of {in_hand.layers}"
            if in_hand.order != OWN_CATEGORY:
                long += f" by {ORDER_WORDS[in_hand.order]}"
            self.fields.say("brush", long, short)
        self._show_place()

    def _compare(self, outcome: StrokeOutcome) -> None:
        told = [f"{self._name(c)} {pixels:+d} px" for c, pixels in outcome.told(_MOST_CHANGES)]
        if told and outcome.beside:  # the stroke's own concept is told first
            told[0] += " beside the stroke"
        texts = [", ".join(told[:count]) for count in range(len(told), 0, -1)]
        self.say(*(texts or ["no concept changed"]))

    def _name(self, concept: Concept) -> str:
        return shortened(self._document.palette.label(concept))
