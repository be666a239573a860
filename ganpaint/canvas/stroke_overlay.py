"""The mask of the stroke being painted: there while the hand is down, gone once its picture is."""

from PySide6.QtCore import QObject

from dissection.edits import Stroke
from ganpaint.canvas.mask_item import MaskItem
from ganpaint.document import Document
from ganpaint.live_picture import LivePicture
from ganpaint.requests import Frame
from ganpaint.theme import Theme


class StrokeOverlay(QObject):
    """Follows the document's stroke in progress.

    Attributes:
        mask: the item to put into the scene.
    """

    def __init__(
        self, document: Document, live: LivePicture, theme: Theme, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._theme = theme
        self._awaited: Stroke | None = None
        self._shown: tuple[Stroke, ...] = ()
        self.mask = MaskItem()
        live.changed.connect(self._take_frame)
        document.edit_changed.connect(self._follow)
        document.scene_changed.connect(self._clear)

    def _take_frame(self, frame: Frame) -> None:
        self._shown = frame.request.edit.strokes
        self._fade_if_shown()

    def _follow(self) -> None:
        stroke = self._document.live
        if stroke is not None:
            self._awaited = stroke
            self.mask.show_mask(stroke.mask, self._theme.colours.mode(stroke.mode))
        elif self._awaited not in (None, *self._document.strokes):
            self._clear()  # aborted, or undone before its picture came
        else:
            self._fade_if_shown()

    def _fade_if_shown(self) -> None:
        """Once the hand is up and the picture shows the stroke, its mask has done its work."""
        if self._document.live is None and self._awaited in self._shown:
            self._awaited = None
            self.mask.fade()

    def _clear(self) -> None:
        self._awaited = None
        self.mask.clear()
