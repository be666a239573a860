import numpy as np
import pytest
import torch

from dissection.models.passes import FoldedPasses
from dissection.painting.boxes import Box
from support.tiny import tiny_generator


@pytest.mark.parametrize("layer", ["layer2", "layer4", "layer5"])
def test_a_changed_box_gives_the_picture_of_a_whole_pass(layer: str) -> None:
    generator = tiny_generator()
    passes = FoldedPasses(generator, torch.device("cpu"), "float32")
    z = torch.from_numpy(np.random.default_rng(0).standard_normal((3, 16), np.float32))
    features = passes.features(z, [layer])
    kept = passes.kept(features[layer], layer)
    unchanged = kept.images.clone()
    assert torch.allclose(unchanged, passes.changed(z, features, {layer: lambda x: x}), atol=1e-6)
    side = features[layer].shape[-1]
    for box in (Box(0, 0, 1, 1), Box(1, side - 2, 3, side), Box(0, 0, side, side)):

        def change(x: torch.Tensor, box: Box = box) -> torch.Tensor:
            x = x.clone()
            x[:, :2, *box.slices] = 3.0
            return x

        whole = passes.changed(z, features, {layer: change})
        assert (whole - unchanged).abs().max() > 1e-3

        def force(part: torch.Tensor) -> torch.Tensor:
            part[:, :2] = 3.0
            return part

        with kept.changed(box, force) as images:
            assert torch.allclose(images, whole, atol=1e-5)
        assert torch.equal(kept.images, unchanged)
    with pytest.raises(ZeroDivisionError), kept.changed(Box(0, 0, 1, 1), lambda x: 1 // 0 * x):
        pass
    assert torch.equal(kept.images, unchanged)
