"""What can be asked of kept pictures; the answers are computed inside the live thread.

The newest question of each class wins. Only numpy arrays and plain values come out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from dissection.data.images import Picture
from dissection.errors import BadInputError
from dissection.interventions.ablation.accuracy import Flips, count, flips
from ganpaint.classifier.studies import LiveRequest

if TYPE_CHECKING:
    from dissection.interventions.ablation.classes import ClassSource
    from dissection.runtime.progress import Report

_STORYBOOK = "storybook:"
#: Scenes of each class where nobody says how many.
_EACH = 25
#: Points of a curve between two partial answers.
_CURVE_STEP = 8


class KeptPictures:
    """The network's pictures behind the layer; lives inside the live thread.

    Args:
        request: what to load.
        report: told of the progress; stops the loading by returning False.

    Raises:
        DissectionError: the network, the pictures or the classes do not fit.
        Stopped: the report asked for it.
    """

    def __init__(self, request: LiveRequest, report: "Report") -> None:
        from dissection.interventions.ablation.live import LiveAblation
        from dissection.models.classifiers.load import load_network
        from dissection.models.classifiers.transforms import takes_pictures
        from dissection.models.weights.files import network_digest

        network = load_network(request.model)
        if network.takes == "latents":
            raise BadInputError(f"{network.name} is a generator; choose a classifier's file.")
        if not network.takes:
            takes_pictures(network.module, network.preparation.normalization)
        digest = getattr(network.module, "digest", "") or network_digest(network.module)
        if digest != request.network:
            raise BadInputError(
                f"{request.model} is another network than the one that the ablation was made of; "
                "choose that one, or make an ablation study of this one."
            )
        self.source = _source(request, network, report)
        self.live: LiveAblation = LiveAblation(
            network.module,
            request.layer,
            self.source,
            classes=request.classes,
            report=report,
        )
        self._pictures: dict[int, Picture] = {}

    def picture(self, place: int) -> Picture:
        """One of the pictures, uint8 (H, W, 3)."""
        if place not in self._pictures:
            values = self.source.inputs([place])[0].numpy()
            bytes_ = np.clip(np.rint((values + 1) * 127.5), 0, 255).astype(np.uint8)
            self._pictures[place] = np.ascontiguousarray(bytes_.transpose(1, 2, 0))
        return self._pictures[place]


def _source(request: LiveRequest, network: Any, report: "Report") -> "ClassSource":
    from dissection.data.image_folder import ImageFolder
    from dissection.data.labeled import StorybookLabels
    from dissection.training.pictures import HELD_OUT

    if request.pictures.startswith(_STORYBOOK):
        number = request.size or _EACH * len(request.classes)
        domain = request.pictures.removeprefix(_STORYBOOK)
        scenes: Any = StorybookLabels(range(HELD_OUT, HELD_OUT + number), domain, network.size)
        return scenes  # type: ignore[no-any-return]
    crop = network.preparation.crop("squeeze", 0, 0)
    folder = ImageFolder(request.pictures, crop, request.size or None, report=report)
    if not folder.classes:
        raise BadInputError(
            f"{request.pictures} holds pictures and no folders of them; put each class's pictures "
            "in a folder called like the class."
        )
    return folder


@dataclass(frozen=True)
class Loaded:
    """The pictures are there.

    Attributes:
        targets: int64 (N,), their classes.
        before: int64 (N,), what the whole network takes them for.
        balanced: float64 (K,), accuracy of each class with all units.
        plain: over all classes.
    """

    targets: NDArray[np.int64]
    before: NDArray[np.int64]
    balanced: NDArray[np.float64]
    plain: float


def loaded(kept: KeptPictures) -> Loaded:
    """What is known once the pictures are there."""
    live = kept.live
    counts = count(live.before[:, None], live.targets, len(live.classes))
    return Loaded(live.targets, live.before, counts.balanced[0], float(counts.plain[0]))


@dataclass(frozen=True, eq=False)
class Question:
    """One thing to be found out; known by its identity.

    Attributes:
        urgency: whose turn it is first: low ones.
    """

    urgency: ClassVar[int] = 1

    def steps(self, kept: KeptPictures) -> Iterator[object]:
        """Answers, partial ones first; a newer question may end it at every one.

        Raises:
            DissectionError: its sentence is shown.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Without:
    """All classes without some units.

    Attributes:
        balanced: float64 (K,), accuracy of each class.
        plain: over all classes.
        flips: pictures that are taken for another class then.
    """

    balanced: NDArray[np.float64]
    plain: float
    flips: Flips


@dataclass(frozen=True, eq=False)
class TakeOut(Question):
    """What all classes become without some units; answered by ``Without``."""

    units: frozenset[int]
    urgency: ClassVar[int] = 0

    def steps(self, kept: KeptPictures) -> Iterator[object]:
        """One answer."""
        live = kept.live
        after = live.predicted(self.units)
        counts = count(after[:, None], live.targets, len(live.classes))
        changed = flips(np.stack([live.before, after], 1))
        yield Without(counts.balanced[0], float(counts.plain[0]), changed)


@dataclass(frozen=True, eq=False)
class Thumbnails(Question):
    """Some of the pictures; answered by pairs of a place and uint8 (H, W, 3)."""

    places: tuple[int, ...]
    urgency: ClassVar[int] = 1

    def steps(self, kept: KeptPictures) -> Iterator[object]:
        """An answer for each."""
        for place in self.places:
            yield place, kept.picture(place)


@dataclass(frozen=True, eq=False)
class Curve(Question):
    """A class's accuracy over the number of units taken out, both ways (figure 2c).

    Answered by float64 (2, C + 1), NaN where it is not computed yet: without 0, 1 ... C units, the
    most important ones first, or the least.
    """

    number: int
    order: tuple[int, ...]
    urgency: ClassVar[int] = 2

    def steps(self, kept: KeptPictures) -> Iterator[object]:
        """Partial answers, one for every few points."""
        live, units = kept.live, len(self.order)
        found = np.full((2, units + 1), np.nan)
        for way, order in enumerate((self.order, self.order[::-1])):
            for n in range(units + 1):
                after = live.predicted(order[:n])
                counts = count(after[:, None], live.targets, len(live.classes))
                found[way, n] = counts.balanced[0, self.number]
                if n % _CURVE_STEP == 0:
                    yield found.copy()
        yield found


@dataclass(frozen=True)
class OnePicture:
    """A picture and what the network makes of it.

    Attributes:
        picture: uint8 (H, W, 3).
        whole: float32 (K,), probabilities with all units.
        without: float32 (K,), without some.
    """

    picture: Picture
    whole: NDArray[np.float32]
    without: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Scores(Question):
    """The class scores on one picture, with and without units; answered by ``OnePicture``."""

    place: int
    units: frozenset[int]
    urgency: ClassVar[int] = 1

    def steps(self, kept: KeptPictures) -> Iterator[object]:
        """One answer."""
        yield OnePicture(
            kept.picture(self.place),
            kept.live.scores(self.place),
            kept.live.scores(self.place, self.units),
        )


@dataclass(frozen=True, eq=False)
class Fewest(Question):
    """The fewest units that turn the decision on a picture; answered by a pair of units and maps.

    The units are None where none turn it; maps are float32 (n, h, w), of these units.
    """

    place: int
    urgency: ClassVar[int] = 3

    def steps(self, kept: KeptPictures) -> Iterator[object]:
        """One answer."""
        units = kept.live.fewest(self.place)
        maps = kept.live.maps(self.place)
        yield units, maps[list(units or ())]
