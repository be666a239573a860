"""The pictures that a classifier was dissected with are opened again, or refused."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import BadInputError, StoreError
from dissection.measurement.sample_again import SampleAgain
from dissection.measurement.unit_views import view_unit
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection
from support.pictures import make_folder
from support.synthetic import make_dissection

LAYER = "features.relu2"
MODEL = ("--model", "support.small_classifiers:tiny_vgg", "--layers", LAYER, "--relate-size", "0")


def dissected(folder: Path, *options: str) -> Dissection:
    out = folder / "dissection"
    arguments = ["dissect", *MODEL, *options, "--threads", "1", "--out", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    return load_dissection(out)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Dissection, Path]:
    """A small classifier, dissected with 12 of 18 pictures, and these."""
    folder = tmp_path_factory.mktemp("shown")
    pictures = make_folder(folder / "pictures", each=6)
    (pictures / "broken.png").write_bytes(b"no picture")
    options = ("--images", str(pictures), "--size", "12", "--crop", "32")
    return dissected(folder, *options), pictures


def test_each_picture_of_a_folder_is_at_its_place(shown: tuple[Dissection, Path]) -> None:
    dissection, _ = shown
    sample, part = SampleAgain(dissection), dissection[LAYER]
    assert len(sample.source) == 12
    for unit in range(part.shape[0]):
        rows = part.exemplars[unit].tolist()
        seen = view_unit(
            dissection,
            LAYER,
            unit,
            rows,
            sample.network.module,
            segmenter=sample.segmenter,
            source=sample.source,
        )
        np.testing.assert_allclose(seen.peaks, part.peaks[unit], rtol=1e-4)
        assert seen.labels is not None
        assert seen.labels.any()


def test_a_picture_of_the_sample_is_found_as_a_file(shown: tuple[Dissection, Path]) -> None:
    dissection, pictures = shown
    sample = SampleAgain(dissection)
    found = [sample.picture_at(row) for row in range(12)]
    assert [path for _, path in found] == [pictures / name for name, _ in found]
    assert len({name for name, _ in found}) == 12
    assert all(path is not None and path.is_file() for _, path in found)


def test_pictures_that_were_moved_are_found_where_they_are_said_to_be(
    shown: tuple[Dissection, Path], tmp_path: Path
) -> None:
    dissection, pictures = shown
    moved = tmp_path / "moved"
    shutil.copytree(pictures, moved)
    told = dissection.provenance
    settings = {**told["settings"], "images": str(tmp_path / "gone")}
    gone = replace(dissection, provenance={**told, "settings": settings})
    with pytest.raises(BadInputError, match="no such folder now; say where they are"):
        SampleAgain(gone).source  # noqa: B018
    there = SampleAgain(gone, moved).source
    assert torch.equal(there.inputs([0, 11]), SampleAgain(dissection).source.inputs([0, 11]))
    next(moved.rglob("*.png")).unlink()
    with pytest.raises(BadInputError, match="holds other files than the 19 that were dissected"):
        SampleAgain(gone, moved).source  # noqa: B018


def test_scenes_say_themselves_what_is_in_them(tmp_path: Path) -> None:
    dissection = dissected(
        tmp_path, "--labels", "storybook:churches", "--size", "6", "--seed", "5", "--crop", "64"
    )
    sample = SampleAgain(dissection)
    assert sample.picture_at(3) == ("8", None)
    seen = view_unit(
        dissection,
        LAYER,
        0,
        [3],
        sample.network.module,
        segmenter=sample.segmenter,
        source=sample.source,
    )
    from dissection.data.storybook import Storybook

    scene = Storybook("churches").paint(8, size=64)
    assert seen.labels is not None
    assert np.array_equal(np.unique(seen.labels), np.unique(scene.maps))
    assert abs(seen.pictures[0].mean() - scene.image.mean()) < 3
    other = {**dissection.provenance["sample"], "sha256": "0" * 64}
    changed = replace(dissection, provenance={**dissection.provenance, "sample": other})
    with pytest.raises(BadInputError, match="other pictures or labels than were dissected"):
        SampleAgain(changed).source  # noqa: B018


def test_what_is_no_classifiers_has_no_sample_to_open() -> None:
    with pytest.raises(StoreError, match="does not tell how it was made"):
        SampleAgain(make_dissection()).source  # noqa: B018
    told = {"settings": {"layers": ["layer4"]}}
    with pytest.raises(StoreError, match="makes pictures and was shown none"):
        SampleAgain(replace(make_dissection(), provenance=told)).source  # noqa: B018


def test_more_units_than_the_network_has_are_told(shown: tuple[Dissection, Path]) -> None:
    dissection, _ = shown
    sample, layer = SampleAgain(dissection), "features.relu1"  # it has 8 units, and relu2 12
    claims = replace(dissection, measured={layer: replace(dissection[LAYER], name=layer)})
    with pytest.raises(BadInputError, match=r"gives 8 units where .* features\.relu1 has 12"):
        view_unit(claims, layer, 11, [0], sample.network.module, source=sample.source)
