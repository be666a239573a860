"""The masks of strokes that the picture does not show yet: there until it does, then they fade."""

from PySide6.QtCore import QObject

from dissection.painting.edits import Stroke
from ganpaint.painter.canvas.mask_item import MaskItem
from ganpaint.painter.document.document import Document
from ganpaint.painter.live_picture import LivePicture
from ganpaint.rendering.requests import Frame
from ganpaint.toolkit.theme import Theme


class StrokeOverlay(QObject):
    """Follows the document's stroke in progress, and finished ones whose picture has not come.

    Usually that is none or one; before torch has been loaded it may be many.

    Attributes:
        mask: the item to put into the scene.
    """

    def __init__(
        self, document: Document, live: LivePicture, theme: Theme, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._theme = theme
        self._live: Stroke | None = None
        self._awaited: tuple[Stroke, ...] = ()
        self._shown: tuple[Stroke, ...] = ()
        self.mask = MaskItem()
        live.changed.connect(self._take_frame)
        document.edit_changed.connect(self._follow)
        document.scene_changed.connect(self._clear)

    def _take_frame(self, frame: Frame) -> None:
        self._shown = frame.request.edit.strokes
        self._update()

    def _follow(self) -> None:
        if self._document.live is not self._live:
            if self._live is not None and self._live in self._document.strokes:
                self._awaited = (*self._awaited, self._live)
            self._live = self._document.live
        self._update(moved=True)

    def _update(self, moved: bool = False) -> None:
        """Show what is awaited; once the hand is up and the picture shows it, it may go."""
        wanted = self._document.edit.strokes  # others were undone, changed or switched off
        awaited = tuple(s for s in self._awaited if s in wanted and s not in self._shown)
        came = any(stroke in self._shown for stroke in self._awaited)
        changed = awaited != self._awaited
        self._awaited = awaited
        strokes = awaited if self._live is None else (*awaited, self._live)
        if strokes:
            if moved or changed:
                colors = self._theme.colors
                self.mask.show_masks([(s.mask, colors.mode(s.mode)) for s in strokes])
        elif came:
            self.mask.fade()
        elif moved:
            self._dismiss()

    def _dismiss(self) -> None:
        """Nothing is awaited any more, though no picture of it came: it was taken back."""
        if not self.mask.fading:
            self.mask.clear()

    def _clear(self) -> None:
        self._live, self._awaited = None, ()
        self.mask.clear()
