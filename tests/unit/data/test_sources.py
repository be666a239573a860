"""What a network is fed with: sources, and pictures and latents in memory."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from dissection.data.image_files import Crop
from dissection.data.image_folder import ImageFolder
from dissection.data.sources import Images, Latents, as_source
from dissection.errors import BadInputError, UnknownNameError
from dissection.pipeline import dissect
from support.color_segmenter import ColorSegmenter
from support.pictures import make_folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> ImageFolder:
    return ImageFolder(make_folder(tmp_path_factory.mktemp("photos"), each=3), Crop(28, 32))


def network() -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(3, 6, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.LazyLinear(2)).eval()


def test_pictures_in_memory_are_measured_like_those_of_a_folder(photos: ImageFolder) -> None:
    classifier, images = network(), photos.inputs(range(9))
    classifier(images)
    expected = dissect(classifier, ["1"], photos, ColorSegmenter(), effect_size=9)
    for given in (images, images.numpy(), images.double().requires_grad_()):
        found = dissect(classifier, ["1"], given, ColorSegmenter(), effect_size=9)
        np.testing.assert_allclose(found["1"].iou, expected["1"].iou, atol=1e-3)
        np.testing.assert_allclose(found["1"].class_effect, expected["1"].class_effect, rtol=1e-4)
        assert found.provenance["levels"]["grid"] == 56
        assert found.provenance["sample"] == {
            "kind": "pictures",
            "sha256": hashlib.sha256(images.numpy().tobytes()).hexdigest(),
            "shape": [3, 28, 28],
            "size": 9,
        }
    assert expected["1"].iou.max() > 0


def test_only_four_dimensional_pictures_are_pictures() -> None:
    assert isinstance(as_source(torch.zeros(2, 3, 8, 8)), Images)
    for shape in ((2, 16), (2, 3, 1, 1), (2, 3, 8, 1), (2, 16, 4, 4), (2, 3, 8)):
        source = as_source(np.zeros(shape, np.float32))
        assert isinstance(source, Latents), shape
        assert source.generates
    latents = Latents(np.zeros((2, 3, 8, 8)))  # asked for by name
    assert as_source(latents) is latents


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([torch.zeros(3, 8, 8)], "not with a list"),
        ("photos", "not with a str"),
        (None, "not with a NoneType"),
        (ImageFolder, "not with a type"),
        (np.array(["a"]), "not with <U1"),
        (torch.zeros(0, 3, 8, 8), "at least 1 picture"),
        (torch.zeros(2, 3, 8, 8, dtype=torch.uint8), "these are uint8"),
        (torch.full((2, 3, 8, 8), 255.0), "run from 255 to 255"),
        (torch.full((2, 3, 8, 8), torch.nan), "run from nan"),
        (torch.zeros(5), "at least 1 latent"),
        (torch.zeros(4, 6).to_sparse(), r"a dense tensor .* torch\.sparse_coo"),
        (torch.zeros(4, 6, device="meta"), "in memory, not .* on 'meta'"),
        (torch.zeros(4, 6, dtype=torch.complex64), "real numbers, not with complex64"),
    ],
)
def test_what_feeds_no_network_is_told_in_a_sentence(given: object, told: str) -> None:
    with pytest.raises(BadInputError, match=told) as caught:
        dissect(network(), ["1"], given, ColorSegmenter())
    assert "\n" not in str(caught.value)


def test_a_segmenter_can_be_named(photos: ImageFolder, tmp_path: Path) -> None:
    classifier, images = network(), photos.inputs(range(4))
    classifier(images)
    measured = dissect(classifier, ["1"], images, "colors")
    assert measured.provenance["segmenter"]["name"] == "BasicColors"
    assert "red" in {concept.name for concept in measured.vocabulary}
    with pytest.raises(UnknownNameError, match="nowhere"):
        dissect(classifier, ["1"], images, "nowhere")


@pytest.mark.parametrize("kind", [Latents, Images])
def test_what_is_no_array_of_numbers_is_told(kind: type[Latents] | type[Images]) -> None:
    for given in ([[1.0], [1.0, 2.0]], [["a"]], torch.zeros(2, 3, requires_grad=True)):
        with pytest.raises(BadInputError, match="an array of real numbers, and this is none"):
            kind(given)
