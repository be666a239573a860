"""IoU of units with themselves, against a count over all upsampled values."""

import numpy as np
import torch

from dissection.statistics.layer_maps import LayerMaps
from dissection.statistics.self_overlap import measure_self_overlap
from dissection.statistics.upsample import upsample


def test_it_is_that_of_masks_above_the_levels() -> None:
    rng = np.random.default_rng(0)
    one = rng.normal(size=(6, 3, 4, 4)).astype(np.float32)
    other = one + 0.3 * rng.normal(size=one.shape).astype(np.float32)
    other[:, 1] = one[:, 1]  # the same
    other[:, 2] = 0  # silent in the other style
    found = measure_self_overlap(LayerMaps(one), LayerMaps(other), 12, 0.95, 6, 2)
    masks = []
    for version, maps in enumerate((one, other)):
        values = upsample(torch.from_numpy(maps), 12).transpose(0, 1).flatten(1)
        # 864 values of each unit, of which 5 % are 43.2: the 44th largest.
        level = values.sort(1, descending=True).values[:, 43]
        assert torch.allclose(torch.from_numpy(found.activation_threshold[version]), level)
        masks.append((values > level[:, None]).numpy())
    both, either = (masks[0] & masks[1]).sum(1), (masks[0] | masks[1]).sum(1)
    assert np.allclose(found.iou, both / np.maximum(either, 1))
    assert found.iou[1] == 1
    assert found.iou[2] == 0
    # The next picture in blocks of two is the other one of the block.
    swapped = masks[1].reshape(3, 3, 2, -1)[:, :, ::-1].reshape(3, -1)
    chance = (masks[0] & swapped).sum(1) / np.maximum((masks[0] | swapped).sum(1), 1)
    assert np.allclose(found.shifted, chance)
