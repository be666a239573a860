"""Accuracies on some of the held-out pictures: by season, by folder, by any tag. Free of torch.

tags = storybook_tags(ablation.names, "scenes")
winter = matching(tags, {"snow": "yes", "time": "night"})
ablation.among(winter)  # the same ablation, judged on those
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dissection.data.picture_tags import Tags
from dissection.errors import UnknownNameError
from dissection.interventions.ablation.accuracy import count


def matching(tags: Tags, conditions: Mapping[str, str]) -> NDArray[np.int64]:
    """Places of the pictures that meet all conditions.

    Args:
        tags: of all N pictures.
        conditions: tag to the value that it must have; none takes all pictures.

    Returns:
        Int64 (M,), 0..N - 1, ascending.

    Raises:
        UnknownNameError: there is no such tag.
    """
    size = len(next(iter(tags.values()), np.zeros(0)))
    kept = np.ones(size, np.bool_)
    for name, value in conditions.items():
        if name not in tags:
            raise UnknownNameError(
                f"The pictures have no tag '{name}'; they have {', '.join(tags) or 'none'}."
            )
        kept &= tags[name] == value
    return np.flatnonzero(kept)


@dataclass(frozen=True, eq=False)
class SliceAccuracy:
    """A network on some of the pictures, with all units and without some.

    Attributes:
        pictures: how many there are.
        sizes: int64 (K,), of each class.
        balanced: float64 (2, K): accuracy of each class with all units and without some; NaN
            for a class without pictures among them.
        plain: float64 (2,): over all classes; NaN without pictures.
    """

    pictures: int
    sizes: NDArray[np.int64]
    balanced: NDArray[np.float64]
    plain: NDArray[np.float64]


def slice_accuracies(
    before: NDArray[np.integer],
    after: NDArray[np.integer],
    targets: NDArray[np.integer],
    classes: int,
    slices: Sequence[NDArray[np.integer]],
) -> list[SliceAccuracy]:
    """Count decisions slice by slice.

    Args:
        before: (N,), what the whole network decides.
        after: (N,), what it decides without some units.
        targets: (N,), classes of the pictures.
        classes: K.
        slices: places of the pictures of each.
    """
    both = np.stack([before, after], 1)
    found = []
    for places in slices:
        counts = count(both[places], targets[places], classes)
        with np.errstate(invalid="ignore"):
            plain = counts.plain
        found.append(SliceAccuracy(len(places), counts.sizes, counts.balanced, plain))
    return found
