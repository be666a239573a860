"""The tools that look at the picture: eyedropper, tints, and where the brush can go."""

from functools import partial

from PySide6.QtCore import QObject

from dissection.painting.edits import Mode
from ganpaint.painter.actions import Actions
from ganpaint.painter.analysis.segmentation_view import SegmentationView
from ganpaint.painter.analysis.stroke_outcome import StrokeOutcome
from ganpaint.painter.canvas.canvas import Canvas
from ganpaint.painter.canvas.eyedropper import Eyedropper
from ganpaint.painter.canvas.segmentation_tint import Tint
from ganpaint.painter.document.document import Document
from ganpaint.painter.live_picture import LivePicture
from ganpaint.painter.panels.status import StatusBar
from ganpaint.painter.tools.insertion_heatmap import InsertionHeatmap
from ganpaint.tabs.context import Jobs, TrackedJob
from ganpaint.toolkit.theme import Theme


class AnalysisTools(QObject):
    """Makes the tools, their actions and what they say belong together.

    Attributes:
        eyedropper: P.
        tint: T.
        where: W.
    """

    def __init__(
        self,
        document: Document,
        live: LivePicture,
        canvas: Canvas,
        segmentation_view: SegmentationView,
        status: StatusBar,
        actions: Actions,
        theme: Theme,
        parent: QObject | None = None,
        jobs: Jobs | None = None,
    ) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: TrackedJob | None = None
        self._canvas = canvas
        self._status = status
        self._actions = actions
        self.tint = Tint(document, segmentation_view, canvas, self)
        self.insertion_heatmap = InsertionHeatmap(document, live, canvas, self)
        self.eyedropper = Eyedropper(document, segmentation_view, canvas, theme, self)
        for name, tool in (
            ("pick", self.eyedropper),
            ("tint", self.tint),
            ("where", self.insertion_heatmap),
        ):
            actions[name].toggled.connect(tool.switch)
        actions["where"].toggled.connect(self._explain)
        self._document = document
        canvas.pointer_changed.connect(self._follow_pointer)
        canvas.hovered.connect(lambda _position: segmentation_view.look(again=False))
        self.eyedropper.told.connect(status.say)
        self.insertion_heatmap.progressed.connect(self._show_job)
        self.insertion_heatmap.failed.connect(self._say)
        segmentation_view.failed.connect(self._say)
        segmentation_view.compared.connect(self._judge)
        live.noted.connect(self._say)

    def _follow_pointer(self) -> None:
        self._actions["pick"].setChecked(self.eyedropper.on)

    def _show_job(self, text: str) -> None:
        self._status.show_job("where", text, self._leave_where)
        share = self.insertion_heatmap.share
        if share is None:
            job, self._job = self._job, None
            if job is not None:
                job.finish()
        elif self._jobs is not None:
            if self._job is None:
                self._job = self._jobs.track("Where can this go?", self._leave_where, passing=True)
            self._job.tell("trying cells", round(100 * share), 100)

    def _leave_where(self) -> None:
        self._actions["where"].setChecked(False)

    def _explain(self, on: bool) -> None:
        if on and self._document.in_hand is None:
            self._actions["where"].setChecked(False)
            self._canvas.message.say("Pick a concept first.", passing=True)

    def _judge(self, outcome: StrokeOutcome) -> None:
        """A stroke that achieved almost nothing: say so, and where it would."""
        if not outcome.failure:
            return
        drawn = outcome.stroke is not None and outcome.stroke.mode == Mode.DRAW
        if drawn and not self.insertion_heatmap.on:
            offer, do = "Where can this go?", partial(self._actions["where"].setChecked, True)
            self._canvas.message.say(outcome.failure, "info", offer, do, passing=True)
        else:
            self._canvas.message.say(outcome.failure, passing=True)

    def _say(self, sentence: str) -> None:
        self._canvas.message.say(sentence, "error")
