"""Opens the inputs of a sample elsewhere in the window: scenes in Paint, pictures in Classifier."""

from PySide6.QtCore import QObject, Signal

from ganpaint.tabs.context import PictureAsked, UnitOnScene, WindowContext
from ganpaint.units.browsed import Browsed
from ganpaint.units.detail.exemplars import ExemplarSection
from ganpaint.units.detail.views import SamplePictureQuestion
from ganpaint.units.sample_thread import SampleThread


class InputOpening(QObject):
    """Follows what is clicked in the detail.

    Args:
        context: knows the other tabs.
        browsed: says whose inputs they are.
        sample: knows which picture a classifier's input is.
        exemplars: where they are clicked.
        parent: owns it.

    Signals:
        failed(str): why an input cannot be opened, a sentence.
    """

    failed = Signal(str)

    def __init__(
        self,
        context: WindowContext,
        browsed: Browsed,
        sample: SampleThread,
        exemplars: ExemplarSection,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._browsed = browsed
        self._sample = sample
        exemplars.scene_wanted.connect(self.open_scene)
        exemplars.picture_wanted.connect(self.open_picture)
        sample.answered.connect(self._take)
        sample.failed.connect(self._fail)

    def open_scene(self, row: int, at: tuple[float, float] | None) -> None:
        """Paint on a scene, with the unit that is looked at inspected.

        Args:
            row: of the standard latents.
            at: where the unit is inspected, shares of width and height; None for nowhere.
        """
        model, unit = self._browsed.scene_model, self._browsed.unit
        if model is not None and unit is not None:
            self._context.show_scene(model, row, UnitOnScene(self._browsed.layer, unit, at))

    def open_picture(self, row: int) -> None:
        """Look at a picture of a classifier's sample, by its place there."""
        dissection, folder = self._browsed.dissection, self._browsed.sample_folder
        if dissection is not None:
            self._sample.ask(SamplePictureQuestion(dissection, folder, row))

    def _take(self, question: object, answer: object) -> None:
        if not isinstance(question, SamplePictureQuestion) or not isinstance(answer, tuple):
            return
        dissection, (name, path) = question.dissection, answer
        network = dissection.network
        self._context.show_picture(PictureAsked(dissection.model, network, name, path))

    def _fail(self, question: object, sentence: str) -> None:
        if isinstance(question, SamplePictureQuestion):
            self.failed.emit(sentence)
