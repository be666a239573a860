"""Screenshots of the painter: strokes without a mouse, views, and waiting until all is there."""

import argparse
import re
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QEventLoop, QPointF, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from dissection.errors import BadInputError, DissectionError
from dissection.painting.stroke_text import parse_stroke
from dissection.results.brushes import find_brush
from ganpaint.painter.actions import Actions
from ganpaint.painter.canvas.canvas import Canvas
from ganpaint.painter.document.document import Document
from ganpaint.painter.live_picture import LivePicture
from ganpaint.tabs.waiting import let_pass, wait_until

#: Longest wait for one picture; loading torch on a cold machine takes most of it.
_PATIENCE_MILLISECONDS = 120_000
_FADE_MILLISECONDS = 400


class PainterScreenshot:
    """Does to the painter what the mouse and the keys would do.

    Args:
        document: what is painted.
        live: the picture.
        canvas: where the brush is held.
        commands: views are switched by their actions.
    """

    def __init__(
        self, document: Document, live: LivePicture, canvas: Canvas, commands: Actions
    ) -> None:
        self._document = document
        self._live = live
        self._canvas = canvas
        self._commands = commands

    def prepare(self, options: argparse.Namespace, missing: Callable[[], Sequence[object]]) -> None:
        """Paint, hold and switch what the options of ``--screenshot`` say.

        Args:
            options: of the command line.
            missing: thumbnails that are awaited.

        Raises:
            DissectionError: a stroke, a concept or a place is none, or there is no picture.
        """
        self._wait()
        for text in options.stroke:
            self.paint(text)
        if options.concept:
            self._hold(options.concept)
        if options.pointer:
            self._point(options.pointer)
        for view in options.view:
            self._switch(view)
        wait_until(lambda: not (missing() or self._live.asking))

    def _hold(self, concept: str) -> None:
        """Choose a brush without painting."""
        document = self._document
        document.choose_concept(document.palette.find(concept))

    def _point(self, text: str) -> None:
        """Hold the brush over a place of the picture, as the mouse does."""
        match = re.fullmatch(r"(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)", text)
        if match is None:
            raise BadInputError(f"A place is X,Y in picture pixels such as 60,90, not '{text}'.")
        viewport = self._canvas.viewport()
        at = self._canvas.viewportTransform().map(QPointF(float(match[1]), float(match[2])))
        everywhere = QPointF(viewport.mapToGlobal(at.toPoint()))
        none = Qt.MouseButton.NoButton
        kind, held = QEvent.Type.MouseMove, Qt.KeyboardModifier.NoModifier
        QApplication.sendEvent(viewport, QMouseEvent(kind, at, everywhere, none, none, held))

    def _switch(self, view: str) -> None:
        """Show something beside the picture, as its key does."""
        if view == "before":
            self._canvas.comparison.hold(True)
        else:
            self._commands[view].trigger()

    def paint(self, text: str) -> None:
        """Paint a stroke as ``dissection paint`` does; its brush stays in hand."""
        document, image = self._document, self._live.image
        assert image is not None, "the first picture has been waited for"
        palette = document.palette
        if palette.dissection is None:
            raise DissectionError(palette.reason.splitlines()[0])
        stroke = parse_stroke(text, image.width(), partial(find_brush, palette.brushes))
        if stroke.brush is not None:
            document.choose_concept(stroke.brush.concept)
        document.choose(mode=stroke.mode)
        document.preview(stroke)
        document.finish_stroke()
        self._canvas.painted.emit()
        self._wait()

    def _wait(self) -> None:
        """Until the exact picture of the document is on screen, and masks have faded.

        Raises:
            DissectionError: there will be none.
        """
        trouble: list[str] = []
        loop = QEventLoop()
        self._live.settled.connect(loop.quit)
        self._live.failed.connect(trouble.append)
        self._live.failed.connect(loop.quit)
        late = QTimer(singleShot=True, interval=_PATIENCE_MILLISECONDS)
        late.timeout.connect(lambda: trouble.append("There was no picture within two minutes."))
        late.timeout.connect(loop.quit)
        late.start()
        loop.exec()
        self._live.settled.disconnect(loop.quit)
        self._live.failed.disconnect(loop.quit)
        if trouble:
            raise DissectionError(trouble[0])
        let_pass(_FADE_MILLISECONDS)
