import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.sources import Latents
from dissection.errors import BadInputError, StoreError, UnknownNameError
from dissection.measurement.exemplars import unit_pictures
from dissection.models.generators import checkpoints
from dissection.pipeline import dissect
from dissection.results.dissection import Dissection
from dissection.results.sheets import Sheets
from dissection.results.store import save_dissection
from support.synthetic import make_dissection
from support.tiny import tiny_generator


def run(folder: Path, concepts: str, out: Path, *more: object) -> list[str]:
    words = ["units", str(folder), "--concepts", concepts, "--out", str(out), *map(str, more)]
    words += ["--progress", "none"]
    result = CliRunner().invoke(app, words, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def pictured(kind: str = "standard latents") -> Dissection:
    """Pictures of layer4 are stored: of unit u all pixels are (8 u, 0, 0)."""
    measured = make_dissection()
    strips = np.zeros((32, 3, 24, 24, 3), np.uint8)
    strips[..., 0] = 8 * np.arange(32)[:, None, None, None]
    part = replace(measured["layer4"], pictures=Sheets.of(strips))
    sample = {**measured.provenance["sample"], "kind": kind}
    return replace(
        measured,
        measured={**measured.measured, "layer4": part},
        provenance={**measured.provenance, "sample": sample},
    )


@pytest.mark.parametrize("kind", ["standard latents", "image folder"])
def test_what_is_drawn_is_told_and_is_what_is_stored(kind: str, tmp_path: Path) -> None:
    save_dissection(pictured(kind), tmp_path / "d")
    out, figures = tmp_path / "units.png", tmp_path / "units.json"
    told = run(tmp_path / "d", "tree, part:door,tree", out, "--side", 40, "--json", figures)
    # The best units are those of layer3, of which no pictures are stored.
    assert told[0].split() == ["concept", "category", "layer", "unit", "IoU", "reached", "label"]
    assert [line.split() for line in told[1:3]] == [
        ["tree", "object", "layer4", "4", "0.250", "50%", "tree", "0.250"],
        ["door", "part", "layer4", "12", "0.250", "50%", "door", "0.250"],
    ]
    rows = json.loads(figures.read_text())["units"]
    assert [(row["concept"], row["unit"], row["reached"]) for row in rows] == [
        ("tree", 4, 0.5),
        ("door", 12, 0.5),
    ]
    with Image.open(out) as image:
        assert json.loads(image.info["units"]) == rows
        sheet = np.asarray(image).astype(int)
    for unit, above in ((4, 12), (12, 4)):
        # WebP is lossy; the three pictures of each unit are there all the same.
        near = np.abs(sheet - (8 * unit, 0, 0)).max(-1) < 12
        assert abs(near.sum() - 3 * 40 * 40) < 0.05 * 3 * 40 * 40, (unit, above)


def test_count_and_images_choose_what_is_drawn(tmp_path: Path) -> None:
    save_dissection(pictured(), tmp_path / "d")
    one, more = tmp_path / "one.png", tmp_path / "more.png"
    assert len(run(tmp_path / "d", "sky", one, "--images", 1)) == 3
    told = run(tmp_path / "d", "sky", more, "--images", 2, "--count", 3, "--layers", "layer4")
    assert [line.split()[3] for line in told[1:-1]] == ["8", "9", "10"]
    with Image.open(one) as first, Image.open(more) as second:
        assert second.width == first.width + 144 + 4
        assert second.height > 2 * first.height


def test_pictures_that_are_not_stored_are_made_by_the_generator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from support.color_segmenter import ColorSegmenter

    generator = tiny_generator((4, 3))
    source = Latents.of_seed(6, generator.depth)
    measured = dissect(generator, ["layer2", "layer3"], source, ColorSegmenter(), grid=8)
    save_dissection(measured, tmp_path / "d")
    monkeypatch.setattr(checkpoints, "load_generator", lambda _: generator)
    layer = measured["layer3"]
    index = int(layer.labels[0])
    name = measured.vocabulary[index].name
    unit = int(layer.iou[index].argmax())
    out = tmp_path / "units.png"
    options = ("--layers", "layer3", "--images", 2, "--side", 32, "--model", "tiny")
    told = run(tmp_path / "d", name, out, *options, "--device", "cpu")
    assert told[1].split()[2:4] == ["layer3", str(unit)]
    strip = unit_pictures(measured, "layer3", [unit], generator, size=32)[0, :2]
    with Image.open(out) as image:
        sheet = np.asarray(image.convert("RGB"))
    right = sheet.shape[1] - 20
    shown = sheet[:, right - 2 * 32 - 4 : right]
    top = next(t for t in range(len(sheet)) if (shown[t] != 255).any())
    made = shown[top : top + 32]
    for place, picture in enumerate(strip):
        differs = (made[:, 36 * place : 36 * place + 32] != picture).any(-1).mean()
        assert differs < 0.02  # another batch may round a pixel otherwise
    # Without --layers, and no pictures stored, all layers are chosen from.
    told = run(tmp_path / "d", name, out, "--count", 99, "--model", "tiny", "--device", "cpu")
    assert {line.split()[2] for line in told[1:-1]} == {"layer2", "layer3"}


def test_what_cannot_be_drawn_is_told(tmp_path: Path) -> None:
    here, out = tmp_path / "d", tmp_path / "units.png"
    save_dissection(pictured(), here)
    with pytest.raises(UnknownNameError, match="did you mean tree"):
        run(here, "trees", out)
    with pytest.raises(UnknownNameError, match="no layer 'layer9'; it has layer3, layer4"):
        run(here, "tree", out, "--layers", "layer9")
    with pytest.raises(BadInputError, match="boat never occurs"):
        run(here, "boat", out)
    with pytest.raises(BadInputError, match="no concept to draw"):
        run(here, " ,", out)
    with pytest.raises(BadInputError, match=r"name that ends in \.png"):
        run(here, "tree", tmp_path / "units.jpg")
    with pytest.raises(
        BadInputError,
        match=r"units of layer3 are stored; name the generator with --model, or choose from "
        r"--layers layer4, or dissect again with --pictures layer3\.",
    ):
        run(here, "tree", out, "--layers", "layer3,layer4")
    with pytest.raises(StoreError, match="SHA-256"):
        run(here, "tree", out, "--model", "storybook-church", "--device", "cpu")
    assert not list(tmp_path.glob("units*"))


def test_photographs_that_are_not_here_cannot_be_drawn_again(tmp_path: Path) -> None:
    photographs = pictured("image folder")
    save_dissection(photographs, tmp_path / "some")
    bare = {name: replace(part, pictures=None) for name, part in photographs.items()}
    save_dissection(replace(photographs, measured=bare), tmp_path / "none")
    out = tmp_path / "units.png"
    with pytest.raises(
        BadInputError,
        match=r"layer3, layer4 are stored; dissect again with --pictures layer3,layer4\.",
    ):
        run(tmp_path / "none", "tree", out)
    with pytest.raises(BadInputError, match=r"was made of image folder; leave it out\."):
        run(tmp_path / "some", "tree", out, "--model", "vgg16")
    with pytest.raises(BadInputError, match="leave it out, and dissect again with --pictures"):
        run(tmp_path / "none", "tree", out, "--model", "vgg16")
