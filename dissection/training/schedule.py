"""Plans by time: from the speed at each resolution to the images that fill so many minutes.

Every resolution gets three times as long as the one before, so that the last has two thirds of the
time. Where that would show a resolution more images than the next one sees, which happens when
the low ones are very fast, the surplus goes to the last. With shares of one's own the time is
divided by those, and nothing moves. Five percent are kept back for saving and for starting again.
"""

from collections.abc import Sequence

import numpy as np

from dissection.errors import BadInputError
from dissection.training.growth import GrowthPlan, fades

_RATIO = 3
_KEPT_BACK = 0.05


def plan_for(
    seconds: float, speeds: Sequence[float], batch: Sequence[int], shares: Sequence[float] = ()
) -> GrowthPlan:
    """A plan that takes so long.

    Args:
        seconds: what is left of the time, saving and starting again included.
        speeds: images/s at 4, 8, ... px.
        batch: batch size at each resolution; images are whole batches, at least one.
        shares: of the time for 4, 8, ... px, in any unit; empty for the rule of this module.

    Raises:
        BadInputError: the time does not suffice for one batch at each resolution.
    """
    wanted = _images(seconds, np.array(speeds), shares)
    for k in range(len(wanted) - 2, -1, -1) if not shares else ():
        surplus = max(wanted[k] - wanted[k + 1], 0)
        wanted[k] -= surplus
        wanted[-1] += surplus / speeds[k] * speeds[-1]
    if wanted[-1] < batch[-1]:
        needed = sum(n / v for n, v in zip(batch, speeds, strict=True)) / (1 - _KEPT_BACK)
        raise BadInputError(
            f"{max(seconds, 0):.0f} s are left for training, and one batch at each resolution "
            f"takes {needed:.0f} s: give more --minutes, smaller networks or smaller batches."
        )
    images = tuple(_whole(n, size) for n, size in zip(wanted, batch, strict=True))
    return GrowthPlan(images, fades(images), tuple(batch))


def replan(
    plan: GrowthPlan,
    shown: int,
    seconds: float,
    speeds: Sequence[float],
    shares: Sequence[float] = (),
) -> GrowthPlan:
    """The same plan up to here, and a rest that takes so long; without time left it ends here.

    Args:
        plan: as it was.
        shown: images shown so far.
        seconds: what is left.
        speeds: images/s at 4, 8, ... px.
        shares: as in ``plan_for``.
    """
    stage = plan.at(min(shown, plan.total - 1)).stage
    here = shown - sum(plan.images[:stage])
    rest = _images(seconds, np.array(speeds[stage:]), shares[stage:])
    later = [
        _whole(n, size) if n else 0
        for n, size in zip(rest[1:], plan.batch[stage + 1 :], strict=True)
    ]
    images = (*plan.images[:stage], here + round(float(rest[0])), *later)
    fade = (*plan.fade[: stage + 1], *fades(images)[stage + 1 :])
    return GrowthPlan(images, fade, plan.batch)


def _images(seconds: float, speeds: np.ndarray, shares: Sequence[float] = ()) -> np.ndarray:
    """Images at each of some consecutive resolutions, in the given shares or the module's."""
    share = np.array(shares) if shares else float(_RATIO) ** np.arange(len(speeds))
    images: np.ndarray = max(seconds, 0) * (1 - _KEPT_BACK) * share / share.sum() * speeds
    return images


def _whole(images: float, batch: int) -> int:
    return max(round(float(images) / batch), 1) * batch
