"""What fires here: the peaks of all units of a layer on one picture, and how rare each is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from dissection.results.rarity import rarity
from ganpaint.rendering.queries import Question, Studio
from ganpaint.tabs.live_scene import LiveScene
from ganpaint.units.browsed import Browsed
from ganpaint.units.detail.given_picture import GivenPicture, OwnPictures
from ganpaint.units.kinds import NetworkKind, network_kind
from ganpaint.units.sample_thread import SampleQuestion, SampleThread
from ganpaint.units.unit_table import UnitTable

if TYPE_CHECKING:
    from dissection.measurement.sample_again import SampleAgain


@dataclass(frozen=True, eq=False)
class ScenePeaksQuestion(Question):
    """Peaks of a layer's units on the scene; the answer is float32 (units,).

    Attributes:
        layer: name.
    """

    layer: str

    def steps(self, studio: Studio) -> Iterator[object]:
        """One answer."""
        features = studio.renderer(self.scene, self.latent).features(self.layer, self.edit)
        yield features.max((1, 2))


@dataclass(frozen=True, eq=False)
class PicturePeaksQuestion(SampleQuestion):
    """Peaks of a classifier's units on a picture; the answer is float32 (units,).

    Attributes:
        layer: name.
        picture: which.
    """

    layer: str
    picture: GivenPicture

    def steps(self, sample: "SampleAgain") -> Iterator[object]:
        """One answer, after the network has been loaded."""
        yield self.picture.under(sample).peaks(self.layer)


_NO_SCENE = (
    "The scene is made by another network than the one that is browsed; open the generator that "
    "was dissected (menu Model)."
)
_NO_PICTURE = (
    "These units look at pictures: open one in the detail of a unit, or drop one here, and they "
    "are ordered by how rare their peaks on it are."
)


class Fires(QObject):
    """Asks which units fire, of generators on the scene at hand, of classifiers on a picture.

    Signals:
        changed: other rarities are known, or none.
        failed(str): a sentence on why there are none.
    """

    changed = Signal()
    failed = Signal(str)

    def __init__(
        self,
        browsed: Browsed,
        live: LiveScene | None,
        sample: SampleThread,
        own: OwnPictures,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._browsed = browsed
        self._live = live
        self._sample = sample
        self._own = own
        self._on = False
        self._picture: GivenPicture | None = None
        self._table: UnitTable | None = None  # whose units the rarities are of
        self._rarities: NDArray[np.float64] | None = None
        browsed.layer_changed.connect(self._again)
        browsed.leaving.connect(self.leave)
        own.changed.connect(self._follow_own)
        sample.answered.connect(self._take)
        sample.failed.connect(self._fail)
        if live is not None:
            live.answered.connect(self._take)
            live.question_failed.connect(self._fail)
            live.settled.connect(self._follow_scene)

    @property
    def on(self) -> bool:
        """Whether units are compared on a picture."""
        return self._on

    @property
    def rarities(self) -> NDArray[np.float64] | None:
        """How rare each unit's peak is, (units,) of the layer that is browsed; None until known."""
        return self._rarities if self._table is self._browsed.table else None

    @property
    def about(self) -> str:
        """What picture it is."""
        if self._picture is not None:
            return self._picture.name
        return f"scene {self._live.scene.name}" if self._live else ""

    def ask(self) -> None:
        """Compare the units on the scene in the painter, which is followed from then on.

        Those of a classifier on the picture of one's own.
        """
        if not self._browsed.paintable:
            if self._own.picture is not None and self._kind != "generator":
                self.ask_picture(self._own.picture)
            else:
                self.failed.emit(_NO_SCENE if self._kind == "generator" else _NO_PICTURE)
            return
        self._picture, self._on = None, True
        self._ask()

    def ask_picture(self, picture: GivenPicture) -> None:
        """Compare a classifier's units on a picture."""
        if self._browsed.paintable or self._kind == "generator":
            self.failed.emit(
                "A generator makes pictures and looks at none; What fires here? asks about the "
                "scene on the canvas."
            )
            return
        self._picture, self._on = picture, True
        self._ask()

    def leave(self) -> None:
        """Compare no longer."""
        if self._on:
            self._on = False
            self._rarities = None
            self._sample.withdraw(PicturePeaksQuestion)
            if self._live is not None:
                self._live.withdraw(ScenePeaksQuestion)
            self.changed.emit()

    @property
    def _kind(self) -> NetworkKind:
        dissection = self._browsed.dissection
        return network_kind(dissection) if dissection is not None else ""

    def _follow_own(self) -> None:
        """Another picture of one's own: units that are ordered by one are ordered by that."""
        other = self._own.picture
        if self._on and self._picture is not None and other not in (None, self._picture):
            self._picture = other
            self._again()

    def _again(self) -> None:
        if self._on:
            self._rarities = None
            self._ask()

    def _follow_scene(self) -> None:
        if self._on and self._picture is None:
            self._ask()

    def _ask(self) -> None:
        live, dissection = self._live, self._browsed.dissection
        if dissection is None:
            return
        layer = self._browsed.layer
        if not dissection[layer].threshold_names:
            self.failed.emit(
                f"The levels of {layer} are not in the file that this was read from, so that "
                "nobody knows what is rare for its units."
            )
        elif self._picture is not None:
            folder = self._browsed.sample_folder
            self._sample.ask(PicturePeaksQuestion(dissection, folder, layer, self._picture))
        elif live is not None:
            live.ask(ScenePeaksQuestion(live.scene, live.latent, live.edit, layer))

    def _take(self, question: object, answer: object) -> None:
        if not isinstance(question, ScenePeaksQuestion | PicturePeaksQuestion):
            return
        table = self._browsed.table
        if not self._on or table is None or question.layer != table.name:
            return
        assert isinstance(answer, np.ndarray), "steps yield peaks"
        if answer.shape != (len(table),):
            units = " × ".join(map(str, answer.shape))
            self.failed.emit(
                f"The network gives {units} units where {table.name} has {len(table)}; it is "
                "another one than was dissected."
            )
            return
        self._table, self._rarities = table, rarity(table.layer, answer.astype(np.float32))
        self.changed.emit()

    def _fail(self, question: object, sentence: str) -> None:
        if isinstance(question, ScenePeaksQuestion | PicturePeaksQuestion):
            self.leave()
            self.failed.emit(sentence)
