"""Many pictures that differ from one in a single stroke each, computed as one batch.

Up to the first layer that a stroke changes they are the same picture, whose activations the frame
keeps; only what lies behind is computed for each.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from dissection.models.generators.frame import Frame
from dissection.painting.edits import LayerEdit

LayerEdits = Mapping[str, LayerEdit]


def variants(frame: Frame, base: LayerEdits, others: Sequence[LayerEdits]) -> Tensor:
    """The pictures under some edits that have most in common.

    Args:
        frame: of the latent; it is left showing ``base``.
        base: layer name to maps of the layer's shape, of what they have in common.
        others: the same of each picture, at least one.

    Returns:
        float32 (N, 3, R, R), RGB, nominally -1..1, unclamped.
    """
    network = frame.network
    names = list(network.steps)
    changed = (n for n in names if any(_differ(base.get(n), edits.get(n)) for edits in others))
    first = names.index(next(changed, names[-1]))
    if first == 0:
        x = frame.clean(names[0])
    else:
        x = network.steps[names[first]](frame.edited(names[first - 1], base))
    x = x.expand(len(others), -1, -1, -1)
    for place, name in enumerate(names[first:]):
        if place:
            x = network.steps[name](x)
        x = _blended(x, [edits.get(name) for edits in others])
    return x.float()


def _differ(a: LayerEdit | None, b: LayerEdit | None) -> bool:
    if a is None or b is None:
        return a is not b
    return not (np.array_equal(a.alpha, b.alpha) and np.array_equal(a.value, b.value))


def _blended(x: Tensor, edits: Sequence[LayerEdit | None]) -> Tensor:
    """``x (1 - alpha) + value alpha`` (Bau et al. 2020, unit interventions) of each picture."""
    if not any(edits):
        return x
    nothing = np.zeros(x.shape[1:], np.float32)
    alpha = np.stack([edit.alpha if edit else nothing for edit in edits])
    value = np.stack([edit.value if edit else nothing for edit in edits])
    maps = (torch.from_numpy(each).to(x.device) for each in (value, alpha))
    return torch.lerp(x.float(), *maps).to(x.dtype)
