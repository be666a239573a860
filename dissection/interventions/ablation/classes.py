"""Pictures whose classes are known, and the order in which a network gives its classes."""

from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dissection.data.sources import Images, Source
from dissection.errors import BadInputError
from dissection.interventions.ablation.accuracy import check_targets
from dissection.vocabulary import readable_name


@runtime_checkable
class ClassSource(Source, Protocol):
    """A sample of pictures whose classes are known, such as an ``ImageFolder`` of folders.

    Attributes:
        classes: names of the classes.
        targets: int64 (N,): the class of each picture, a place in ``classes``.
    """

    classes: tuple[str, ...]
    targets: NDArray[np.int64]


class ClassImages(Images):
    """Pictures in memory with their classes.

    Args:
        values: float (N, 3, H, W), RGB, -1..1; see ``Images``.
        targets: integers (N,), places in ``classes``.
        classes: names.
        provenance: see ``Images``.

    Raises:
        BadInputError: as ``Images``; or not one class of ``classes`` for each picture.
    """

    def __init__(
        self,
        values: ArrayLike,
        targets: ArrayLike,
        classes: Sequence[str],
        provenance: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(values, provenance)
        self.classes = tuple(classes)
        self.targets = _places(targets)
        if self.targets.shape != (len(self.values),):
            raise BadInputError(
                f"{len(self.values)} pictures have as many classes, not {self.targets.shape}."
            )
        check_targets(self.targets, len(self.classes))


def class_order(
    given: Sequence[str], network: object, sources: Sequence[ClassSource], logits: int
) -> tuple[str, ...]:
    """The names of a network's classes, in the order of its logits.

    Args:
        given: by the user; none if nothing was given.
        network: its attribute ``classes`` is taken, if it has as many names as there are logits.
        sources: whose classes are taken otherwise: in the order of the one that has all, or else
            sorted, as published, which those of folders are.
        logits: how many classes the network tells apart.

    Raises:
        BadInputError: names that are not as many, or that are there twice; or none are given, and
            the folders are not as many as the logits.
    """
    if given:
        if len(given) != logits or len(set(given)) != len(given):
            raise BadInputError(
                f"The network tells {logits} classes apart, and {len(set(given))} different names "
                f"of {len(given)} are given; name each class once, in the order of its logits."
            )
        return tuple(given)
    own = getattr(network, "classes", ())
    if isinstance(own, Sequence) and not isinstance(own, str) and len(own) == logits:
        return tuple(str(name) for name in own)
    names = {name for source in sources for name in source.classes}
    # A source that has all of them says the order, too; folders are sorted.
    found = max((tuple(source.classes) for source in sources), key=len)
    if len(found) < len(names):
        found = tuple(sorted(names))
    if len(found) != logits:
        raise BadInputError(
            f"The network tells {logits} classes apart, and the folders are {len(found)}; name "
            "the network's classes in the order of its logits, one on a line of a file, with "
            "--classes-file."
        )
    return found


def targets_of(source: ClassSource, order: Sequence[str]) -> NDArray[np.int64]:
    """The classes of a sample's pictures as places in the network's order, int64 (N,).

    What is stored has names as ``readable_name`` has them, folders have them as they are.

    Raises:
        BadInputError: a picture is of no class, or of one that the network does not have.
    """
    targets = _places(source.targets)
    check_targets(targets, len(source.classes))
    place = {name: number for number, name in enumerate(order)}
    called = [name if name in place else readable_name(name) for name in source.classes]
    strange = [name for name in called if name not in place]
    if strange:
        raise BadInputError(
            f"The network has no class '{strange[0]}', which a folder is called; it has "
            f"{', '.join(order[:5])}{' and so on' if len(order) > 5 else ''}."
        )
    found = np.array([place[name] for name in called], np.int64)
    return found[targets]


def _places(targets: ArrayLike) -> NDArray[np.int64]:
    """Classes as somebody gives them, int64; of 0.5 nothing is cut off."""
    try:
        found = np.asarray(targets)
    except ValueError as error:  # rows of several lengths
        raise BadInputError("Classes are one whole number for each picture.") from error
    if found.dtype.kind not in "iu":
        raise BadInputError(
            "Classes are whole numbers, places in the list of their names, and these are "
            f"{found.dtype}."
        )
    return found.astype(np.int64)
