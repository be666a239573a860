"""What can be asked of one picture; see ``questions``."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from dissection.data.images import Picture
from ganpaint.classifier.live.kept_pictures import KeptPictures
from ganpaint.classifier.live.questions import Question

#: A held-out picture by its place, or a file.
Subject = int | Path


@dataclass(frozen=True, eq=False)
class Looked:
    """A picture and what the network makes of it.

    Attributes:
        subject: which picture.
        picture: uint8 (H, W, 3).
        decided: the class that it is taken for with all units.
        whole: float32 (K,), probabilities with all units.
        maps: float32 (C, h, w) or (C,), where each unit is active.
        lost: float32 (C,), probability of the decided class lost without each unit alone.
    """

    subject: Subject
    picture: Picture
    decided: int
    whole: NDArray[np.float32]
    maps: NDArray[np.float32]
    lost: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class LookAt(Question):
    """What the network makes of a picture; answered by ``Looked``."""

    subject: Subject
    urgency: ClassVar[int] = 1

    def steps(self, kept: KeptPictures) -> Iterator[object]:
        """One answer."""
        live, seen = kept.look_at(self.subject)
        yield Looked(self.subject, seen, live.decided, live.scores(), live.maps(), live.lost())


@dataclass(frozen=True, eq=False)
class Scores(Question):
    """The class scores on a picture without some units; answered by float32 (K,)."""

    subject: Subject
    units: frozenset[int]
    urgency: ClassVar[int] = 1

    def steps(self, kept: KeptPictures) -> Iterator[object]:
        """One answer."""
        yield kept.look_at(self.subject)[0].scores(self.units)


@dataclass(frozen=True, eq=False)
class Fewest(Question):
    """The fewest units that turn the decision on a picture; answered by a tuple, or ``NONE``."""

    subject: Subject
    urgency: ClassVar[int] = 3

    def steps(self, kept: KeptPictures) -> Iterator[object]:
        """One answer."""
        units = kept.look_at(self.subject)[0].fewest()
        yield NONE if units is None else units


#: There are no units that turn it.
NONE: tuple[int, ...] = ()
