"""Pictures of units: made when asked for, and stored."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dissection.data.images import thumbnail, to_bytes
from dissection.data.latents import standard
from dissection.data.sources import Latents
from dissection.errors import BadInputError, StoreError, UnknownNameError
from dissection.measurement import exemplars
from dissection.measurement.exemplars import unit_pictures
from dissection.measurement.spotlight import OUTLINE, spotlight
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.hooks import observe
from dissection.pipeline import dissect
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection, save_dissection
from support.color_segmenter import ColorSegmenter

DEPTH = 8
SIZE = 24


class Counting(ProgressiveGenerator):
    """Counts the inputs it was given."""

    inputs = 0

    def forward(self, z: Tensor) -> Tensor:
        self.inputs += len(z)
        return super().forward(z)


@pytest.fixture(scope="module")
def generator() -> Counting:
    torch.manual_seed(3)
    return Counting((6, 7, 5), depth=DEPTH).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def measured(generator: Counting) -> Dissection:
    return dissect(
        generator,
        ["layer3", "layer4"],
        Latents.of_seed(20, DEPTH),
        ColorSegmenter(),
        grid=32,
        exemplars=3,
        pictures=["layer4"],
    )


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exemplars, "strip_cache", exemplars.StripCache(2**20))


def test_a_picture_is_the_exemplar_under_its_own_light(
    generator: Counting, measured: Dissection
) -> None:
    made = unit_pictures(measured, "layer3", [5, 2], generator, size=SIZE)
    assert made.shape == (2, 3, SIZE, SIZE, 3)
    layer = measured["layer3"]
    for strip, unit in zip(made, (5, 2), strict=True):
        for image, row in enumerate(layer.exemplars[unit].tolist()):
            with observe(generator, ["layer3"], detach=True) as seen:
                picture = to_bytes(generator(torch.from_numpy(standard([row], DEPTH))))[0]
            activations = seen["layer3"][0, unit].numpy()
            plain = spotlight(
                thumbnail(picture, SIZE), activations, float(layer.activation_threshold[unit])
            )
            differs = (strip[image] != plain).any(-1).mean()
            assert differs < 0.02  # another batch may round a pixel of the border otherwise
    assert (made == OUTLINE).all(-1).any()


def test_each_latent_runs_once_and_what_was_seen_is_kept(
    generator: Counting, measured: Dissection
) -> None:
    units = [0, 1, 4]
    distinct = len(np.unique(measured["layer3"].exemplars[units]))
    generator.inputs = 0
    first = unit_pictures(measured, "layer3", units, generator, size=SIZE)
    assert generator.inputs == distinct < 9
    again = unit_pictures(measured, "layer3", [4, 4, 0], generator, size=SIZE)
    assert generator.inputs == distinct
    np.testing.assert_array_equal(again, first[[2, 2, 0]])
    # Another level is another picture.
    layer = measured["layer3"]
    higher = replace(layer, threshold_table=layer.threshold_table + 1)
    other = replace(measured, measured={"layer3": higher})
    changed = unit_pictures(other, "layer3", [4], generator, size=SIZE)
    assert generator.inputs > distinct
    assert (changed[0] != first[2]).any()


def test_no_more_is_kept_than_there_is_room_for(
    generator: Counting, measured: Dissection, monkeypatch: pytest.MonkeyPatch
) -> None:
    two = 3 * SIZE * SIZE * 3 * 2
    monkeypatch.setattr(exemplars, "strip_cache", exemplars.StripCache(two))
    for units in ([0, 1, 2], [2, 1]):
        generator.inputs = 0
        unit_pictures(measured, "layer3", units, generator, size=SIZE)
    assert generator.inputs == 0  # the last two are there
    unit_pictures(measured, "layer3", [0], generator, size=SIZE)
    assert generator.inputs == 3


def test_stored_pictures_are_those_that_are_made_when_asked_for(
    generator: Counting, measured: Dissection, tmp_path: Path
) -> None:
    save_dissection(measured, tmp_path / "d")
    loaded = load_dissection(tmp_path / "d")
    assert loaded["layer3"].pictures is None
    sheets = loaded["layer4"].pictures
    assert sheets is not None
    made = unit_pictures(loaded, "layer4", range(7), generator, size=sheets.size)
    stored = np.stack(list(sheets))
    assert stored.shape == made.shape
    # WebP is lossy, but not that lossy: other pictures would differ by far more.
    error = np.abs(stored.astype(int) - made).mean((2, 3, 4))
    mixed = np.abs(stored.astype(int) - made[::-1]).mean((2, 3, 4))
    assert error.mean() < 0.5 * mixed.mean()


def test_no_units_no_pictures(generator: Counting, measured: Dissection) -> None:
    assert unit_pictures(measured, "layer3", [], generator).shape[:2] == (0, 3)


def test_what_cannot_be_pictured_is_told(generator: Counting, measured: Dissection) -> None:
    with pytest.raises(UnknownNameError, match="layer3 has units 0 to 6, and no 7"):
        unit_pictures(measured, "layer3", [7], generator)
    with pytest.raises(StoreError, match="SHA-256"):
        unit_pictures(measured, "layer3", [0], Counting((6, 7, 5), depth=DEPTH))
    private = {"kind": "latents", "sha256": "0", "size": 20}
    theirs = replace(measured, provenance={**measured.provenance, "sample": private})
    with pytest.raises(BadInputError, match="made of latents"):
        unit_pictures(theirs, "layer3", [0], generator)
    with pytest.raises(BadInputError, match="has 2 inputs"):
        unit_pictures(theirs, "layer3", range(7), generator, source=Latents.of_seed(2, DEPTH))
    with pytest.raises(BadInputError, match=r"Pictures of layer9 .* layer3"):
        dissect(generator, ["layer3"], standard(2, DEPTH), ColorSegmenter(), pictures=["layer9"])


def test_the_pictures_of_a_classifier_are_its_inputs() -> None:
    class Photographs:
        generates = False
        provenance = {"kind": "photographs", "size": 4}  # noqa: RUF012

        def __len__(self) -> int:
            return 4

        def inputs(self, rows: Sequence[int]) -> Tensor:
            shades = torch.tensor([-1.0, -0.5, 0.5, 0.9])[list(rows)]
            return shades[:, None, None, None].expand(-1, 3, 16, 16).contiguous()

    network = nn.Sequential(nn.Conv2d(3, 2, 1), nn.Flatten(), nn.Linear(512, 3)).eval()
    with torch.no_grad():
        network[0].weight[0], network[0].weight[1] = 1, -1
    measured = dissect(network, ["0"], Photographs(), ColorSegmenter(), exemplars=1, pictures=["0"])
    assert measured["0"].exemplars.tolist() == [[3], [0]]
    sheets = measured["0"].pictures
    assert sheets is not None
    # Half as bright: a map of one value is nowhere above its level.
    assert sheets[0].mean() > 100 > sheets[1].mean()
