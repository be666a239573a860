"""What the segmenter sees in the picture on screen, and what the last stroke changed of it.

Whenever the picture rests, the render thread is asked to look at it; pictures that were looked at
are remembered, so that going back and forth costs nothing.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from dissection.models.segmenters.segmentation import Segmentation
from dissection.painting.edits import Edit, Stroke
from ganpaint.painter.analysis.stroke_outcome import StrokeOutcome
from ganpaint.painter.document.document import Document
from ganpaint.painter.live_picture import LivePicture
from ganpaint.rendering.queries import Question, Studio
from ganpaint.rendering.scene import Scene

_KEPT = 16

_State = tuple[Scene, tuple[Stroke, ...]]


@dataclass(frozen=True, eq=False)
class Look(Question):
    """What is seen in the picture of the edit, and in that of an earlier one; answers ``Sighted``.

    Attributes:
        earlier: to compare with; None for nothing.
        segmenter: digest of the segmenter that the dissection was made with; empty for any.
    """

    earlier: Edit | None
    segmenter: str = ""

    def steps(self, studio: Studio) -> Iterator[object]:
        """The picture on screen first."""
        from dissection.models.segmenters.segment_picture import see

        segmenter = studio.segmenter_like(self.segmenter)
        yield None
        for edit in (self.edit, self.earlier):
            if edit is not None:
                renderer = studio.renderer(self.scene, self.latent)
                picture = renderer.render(edit, exact=True)
                yield Sighted(edit, see(segmenter, picture, renderer.device))


@dataclass(frozen=True, eq=False)
class Sighted:
    """An answer to ``Look``."""

    edit: Edit
    segmentation: Segmentation


class SegmentationView(QObject):
    """What is seen in the current scene.

    Signals:
        changed: ``segmentation`` is another.
        compared(StrokeOutcome): what was seen before the last stroke (or other change) and after.
        failed(str): the picture cannot be looked at; one sentence.
    """

    changed = Signal()
    compared = Signal(object)
    failed = Signal(str)

    def __init__(
        self, document: Document, live: LivePicture, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._live = live
        self._known: OrderedDict[_State, Segmentation] = OrderedDict()
        self._shown: Segmentation | None = None
        self._scene = document.scene
        self._strokes = document.edit.strokes
        self._change: tuple[Edit, Edit] | None = None
        self._asked: Look | None = None
        self._broken = False
        self._segmenter = ""
        live.settled.connect(self._look)
        live.answered.connect(self._take)
        live.question_failed.connect(self._fail)
        live.question_done.connect(self._finish)
        document.scene_changed.connect(self._change_scene)
        document.strokes_changed.connect(self._note_change)
        document.loaded.connect(self._known.clear)  # latents may differ
        document.palette_changed.connect(self._follow_palette)

    @property
    def segmentation(self) -> Segmentation | None:
        """What was last seen in this scene; None until it was looked at."""
        return self._shown

    @property
    def current(self) -> bool:
        """Whether ``segmentation`` is of the picture of all finished strokes."""
        return self._shown is not None and self._known.get(self._state()) is self._shown

    def look(self, again: bool = True) -> None:
        """Look at the picture as soon as it rests, unless that is being done.

        Args:
            again: also where it could not be looked at before.
        """
        self._broken = self._broken and not again
        if self._live.resting and not self.current:
            self._look()

    def _state(self) -> _State:
        scene = self._document.scene
        return scene, self._document.edit_of(scene).strokes

    def _withdraw(self) -> None:
        self._asked = None
        self._live.withdraw(Look)

    def _change_scene(self) -> None:
        self._withdraw()
        self._change = None
        self._scene = self._document.scene
        self._strokes = self._document.edit_of(self._document.scene).strokes
        self._show(self._known.get(self._state()))

    def _follow_palette(self) -> None:
        """Another dissection may have been made with another segmenter."""
        dissection = self._document.palette.dissection
        made_with = dissection.provenance.get("segmenter") if dissection else None
        digest = str(made_with.get("digest", "")) if isinstance(made_with, dict) else ""
        if digest != self._segmenter:
            self._segmenter = digest
            self._withdraw()
            self._known.clear()
            self._show(None)
            if self._live.resting:
                self._look()

    def _note_change(self) -> None:
        """Remember what to compare with, once the picture rests."""
        scene, strokes = self._state()
        if scene != self._scene or strokes == self._strokes:
            return
        before = Edit(self._strokes)
        if self._change is not None and strokes[:-1] != self._strokes:
            before = self._change[0]  # one slider, many steps
        self._strokes = strokes
        self._change = before, Edit(strokes)
        self._withdraw()

    def _look(self) -> None:
        if self._broken or self._asked is not None or self._document.live is not None:
            return
        now = self._document.edit_of(self._document.scene)
        earlier = self._change[0] if self._change else None
        if earlier is not None and (self._scene, earlier.strokes) in self._known:
            earlier = None
        known = self._known.get(self._state())
        if known is not None and earlier is None:
            self._show(known)
            self._compare()
            return
        scene = self._document.scene
        latent = self._document.given_latent(scene)
        self._asked = Look(scene, latent, now, earlier, self._segmenter)
        self._live.ask(self._asked)

    def _take(self, question: Question, answer: object) -> None:
        if not isinstance(question, Look) or not isinstance(answer, Sighted):
            return
        state = question.scene, answer.edit.strokes
        self._known[state] = answer.segmentation
        while len(self._known) > _KEPT:
            self._known.popitem(last=False)
        if state == self._state():
            self._show(answer.segmentation)
        self._compare()

    def _fail(self, question: Question, sentence: str) -> None:
        if isinstance(question, Look):
            self._asked = None
            self._broken = True  # until somebody asks again: it would fail after every stroke
            self.failed.emit(sentence)

    def _finish(self, question: Question) -> None:
        if question is self._asked:
            self._asked = None

    def _show(self, segmentation: Segmentation | None) -> None:
        if segmentation is not self._shown:
            self._shown = segmentation
            self.changed.emit()

    def _compare(self) -> None:
        if self._change is None:
            return
        change = self._change
        states = ((self._scene, edit.strokes) for edit in change)
        before, after = (self._known.get(state) for state in states)
        if before is not None and after is not None:
            self._change = None
            self.compared.emit(StrokeOutcome(before, after, *_difference(*change)))


def _difference(before: Edit, after: Edit) -> tuple[Stroke | None, bool]:
    """The stroke that came or else went between two edits, and whether it came."""
    for one, other, came in ((after, before, True), (before, after, False)):
        known = {id(stroke) for stroke in other.strokes}
        new = [stroke for stroke in one.strokes if id(stroke) not in known]
        if new:
            return new[-1], came and len(after.strokes) > len(before.strokes)
    return None, False
