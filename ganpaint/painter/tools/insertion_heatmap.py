"""*Where can this go?*: the chosen brush is tried in every cell, and a heat map tells the result.

The trial runs in the render thread between pictures and begins anew whenever scene, edit or brush
are others; finished maps are remembered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, Signal

from dissection.errors import BadInputError
from dissection.painting.edits import Brush
from ganpaint.painter.canvas.canvas import Canvas, cell_at
from ganpaint.painter.canvas.comparison import View
from ganpaint.painter.canvas.heat import HeatItem, Scale
from ganpaint.painter.document.document import Document
from ganpaint.painter.live_picture import LivePicture
from ganpaint.rendering.queries import Question, Studio

#: A step is to take about so long: a live picture waits for it.
_STEP_SECONDS = 0.06
_MOST_CELLS = 64
_KEPT = 8


@dataclass(frozen=True, eq=False)
class TryCells(Question):
    """How much more of its concept a brush makes in each cell; answers ``Gains``.

    Attributes:
        brush: what is tried.
        strength: 0..1, of the trials.
    """

    brush: Brush
    strength: float

    def steps(self, studio: Studio) -> Iterator[object]:
        """As many cells at a time as a live picture can wait for."""
        from dissection.interventions.insertion_map import Insertion, filled

        generator, segmenter = studio.generator(self.scene.model), studio.segmenter()
        if self.brush.concept not in segmenter.vocabulary:
            raise BadInputError(
                f"The segmenter does not know {self.brush.concept}, so it cannot tell where the "
                "network draws it; choose a concept that the dissection names."
            )
        trial = Insertion(generator, self.edit, self.brush, self.strength)
        yield None
        cells = 1
        while not trial.done:
            started = perf_counter()
            trial.advance(studio.renderer(self.scene, self.latent), segmenter, cells)
            took = perf_counter() - started
            cells = min(max(1, int(cells * min(_STEP_SECONDS / took, 4))), _MOST_CELLS)
            gains = filled(trial.gains)
            yield Gains(trial.layer, gains, ~np.isnan(trial.gains), trial.progress)


@dataclass(frozen=True, eq=False)
class Gains:
    """An answer to ``TryCells``.

    Attributes:
        layer: whose cells were tried.
        gains: float32 (h, w), pixels of the picture; where a cell was not tried yet, that of the
            nearest one that was.
        known: bool (h, w): tried.
        progress: the share of the cells that were, 0..1.
    """

    layer: str
    gains: NDArray[np.float32]
    known: NDArray[np.bool_]
    progress: float


class InsertionHeatmap(QObject):
    """Keeps the heat map true to scene, edit and brush while it is wanted.

    Attributes:
        item: over the picture.
        scale: over the canvas.
        on: whether it is wanted.
        found: what is shown; None while nothing is known.

    Signals:
        progressed(str): what is being tried and how far it is; empty when nothing is.
        failed(str): it cannot be told; one sentence.
    """

    progressed = Signal(str)
    failed = Signal(str)

    def __init__(
        self,
        document: Document,
        live: LivePicture,
        canvas: Canvas,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._live = live
        self._canvas = canvas
        self.on = False
        self.found: Gains | None = None
        self.item = HeatItem()
        self.scale = Scale(canvas)
        self.scale.stand_in(canvas.legends)
        canvas.lay(self.item)
        self._asked: TryCells | None = None
        self._job = ""
        #: How far the trial at hand is, 0..1; None where there is none.
        self.share: float | None = None
        self._kept: list[tuple[TryCells, Gains]] = []
        self._at: QPointF | None = None
        for changed in (
            document.scene_changed,
            document.edit_changed,
            document.brush_changed,
            document.palette_changed,
            live.settled,
        ):
            changed.connect(self._refresh)
        document.loaded.connect(self._kept.clear)  # latents may differ
        live.answered.connect(self._take)
        live.question_failed.connect(self._fail)
        live.question_done.connect(self._finish)
        canvas.hovered.connect(self._hover)
        canvas.comparison.changed.connect(self._show)

    def switch(self, on: bool) -> None:
        """Begin to ask, or forget about it."""
        self.on = on
        self._refresh()

    def gain_at(self, position: QPointF) -> float | None:
        """What the brush would gain at a place of the picture; None where that is not known."""
        if self.found is None or not self.on:
            return None
        cell = cell_at(position, self._canvas.picture.size, self.found.gains.shape)
        return float(self.found.gains[cell]) if self.found.known[cell] else None

    def _refresh(self) -> None:
        """Ask about what is true now, unless that is what was asked, or is known."""
        question = self._question() if self.on else None
        if question is not None and self._asked is not None and _same(question, self._asked):
            return
        if self._asked is not None:
            self._live.withdraw(TryCells)
        self._asked, self.found = question, None
        self._tell(None)
        if question is not None:
            known = (gains for other, gains in self._kept if _same(question, other))
            self.found = next(known, None)
            if self.found is None:
                self._tell(0.0)
                self._live.ask(question)
        self._show()

    def _question(self) -> TryCells | None:
        """About the picture at rest; None while the hand moves, and without a brush."""
        document, in_hand = self._document, self._document.in_hand
        if document.live is not None or not self._live.resting or in_hand is None:
            return None
        scene = document.scene
        latent = document.given_latent(scene)
        strength = document.choice.strength
        return TryCells(scene, latent, document.edit_of(scene), in_hand.brush, strength)

    def _take(self, question: Question, answer: object) -> None:
        if question is self._asked and isinstance(answer, Gains):
            self.found = answer
            self._tell(answer.progress)
            self._show()

    def _finish(self, question: Question) -> None:
        if question is self._asked and isinstance(question, TryCells) and self.found:
            self._kept = [(question, self.found), *self._kept][:_KEPT]
            self._tell(None)
            self._show()

    def _fail(self, question: Question, sentence: str) -> None:
        if question is self._asked:
            self._tell(None)
            self.failed.emit(sentence)

    def _tell(self, progress: float | None) -> None:
        """Say how far the trial is; None while there is none."""
        job, self.share = "", progress
        if progress is not None:
            job = f"trying {self._name} in every cell  {_percent(progress)}"
        if job != self._job:
            self._job = job
            self.progressed.emit(job)

    @property
    def _name(self) -> str:
        assert self._asked is not None, "somebody asked"
        return self._document.palette.label(self._asked.brush.concept)

    def _hover(self, position: QPointF | None) -> None:
        self._at = position
        if self.on and self.found is not None:
            self._show()

    def _show(self) -> None:
        comparison = self._canvas.comparison
        other = comparison.held or comparison.view == View.DIFFERENCE
        if self.found is None or other:
            self.item.hide()
            self.scale.hide()
            return
        size = self._canvas.picture.size
        gains = self.found.gains
        # Next to nothing must not look like much: the scale reaches a quarter of a cell at least.
        top = max(float(gains.max()), 0.25 * size.width() * size.height() / gains.size, 1.0)
        self.item.show_cells(gains, self.found.known, top)
        here = None if self._at is None else cell_at(self._at, size, gains.shape)
        self.item.point_at(here)
        title = f"Where {self._name} can go"
        self.scale.show_scale(title, top, self._note(), f"+{top:.0f} px")

    def _note(self) -> str:
        assert self.found is not None, "a scale belongs to a map"
        here = None if self._at is None else self.gain_at(self._at)
        if here is not None:
            return f"Here: {here:+.0f} px of {self._name}"
        if self.found.progress < 1:
            return f"{_percent(self.found.progress)} of {self.found.layer}'s cells tried"
        if self.found.gains.max() < 1:
            return "The network draws it nowhere in this scene."
        best = self.found.gains.max()
        return f"One cell of {self.found.layer} draws at most {best:.0f} px"


def _same(a: TryCells, b: TryCells) -> bool:
    """Whether two questions have the same answer."""
    return (a.scene, a.edit.strokes, a.brush, a.strength) == (
        b.scene,
        b.edit.strokes,
        b.brush,
        b.strength,
    ) and a.latent is b.latent


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
