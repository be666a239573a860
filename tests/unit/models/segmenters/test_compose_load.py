"""Segmenters by name."""

from pathlib import Path

import pytest
import torch

from dissection.data.storybook import Storybook
from dissection.errors import BadInputError, DissectionError, ModelFileError, UnknownNameError
from dissection.models.segmenters.base import SoftSegmenter
from dissection.models.segmenters.load import load_segmenter, published_folder

USER = """
import torch
from dissection.errors import BadInputError
from dissection.vocabulary import Concept, Vocabulary

class Bright:
    vocabulary = Vocabulary([Concept("bright", "object")])
    digest = "bright 1"

    def __init__(self, device="cpu"):
        self.device = device

    def segment(self, images, size=None):
        return (images.mean(1, keepdim=True) > 0).long()

class Mute:
    vocabulary = Vocabulary([])

def make():
    return Bright("made")

def broken():
    raise RuntimeError("no weights found.")

def refuses():
    raise BadInputError("The folder is empty; choose another.")

ready = Bright("ready")
number = 5
"""


@pytest.fixture
def user_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", ["/nowhere"])
    (tmp_path / "looked_up").mkdir()
    (tmp_path / "looked_up" / "user_segmenter.py").write_text(USER)
    (tmp_path / "looked_up" / "fails_at_once.py").write_text("1 / 0\n")
    return "looked_up.user_segmenter"


def test_storybook_with_colors_and_halves() -> None:
    segmenter = load_segmenter("storybook+colors+halves")
    assert isinstance(segmenter, SoftSegmenter)
    words = segmenter.vocabulary
    scene = Storybook().paint(1, size=128).image
    images = torch.from_numpy(scene).permute(2, 0, 1)[None].float() / 127.5 - 1
    maps = segmenter.segment(images, size=64)
    assert maps.shape == (1, 6, 64, 64)
    alone = load_segmenter("storybook")
    assert torch.equal(maps[:, :3], alone.segment(images, size=64))
    categories = [{words[i].category for i in maps[0, k].unique() if i} for k in range(6)]
    assert categories == [{"object"}, {"part"}, {"material"}, {"color"}, {"part"}, {"part"}]
    for i, half in zip(maps[0, 0].flatten(), maps[0, 4].flatten(), strict=True):
        assert str(words[half])[:-2] == (str(words[i]) if i else "")
    planes = segmenter.probabilities(images)
    assert planes.shape[1] == len(words)
    own = len(alone.vocabulary)
    assert torch.equal(planes[:, :own], alone.probabilities(images))
    named = torch.tensor([concept.category == "color" for concept in words])
    torch.testing.assert_close(planes[:, named].sum(1), torch.ones_like(planes[:, 0]))
    # Where a half is decided it has its object's probability, and nowhere else has it any.
    for k in (4, 5):
        at = segmenter.segment(images, size=planes.shape[-1])[:, [0, k]]
        of_object, of_half = planes.gather(1, at).unbind(1)
        torch.testing.assert_close(of_half, of_object * (at[:, 1] > 0))
    halves = [i for i, concept in enumerate(words) if str(concept)[-2:] in ("-t", "-b")]
    torch.testing.assert_close(planes[:, halves].sum(1), planes.gather(1, at[:, :1])[:, 0])


def test_order_of_halves_in_a_composition() -> None:
    between = load_segmenter("storybook+halves+colors")
    assert str(between.vocabulary[-1]) == "yellow"
    assert between.digest != load_segmenter("storybook+colors+halves").digest


def test_names_come_before_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    bundled = load_segmenter("storybook").digest
    for name in ("storybook", "colors", "storybook+colors"):
        (tmp_path / name).mkdir()
    assert load_segmenter("storybook").digest == bundled
    assert len(load_segmenter("colors").vocabulary) == 12
    with pytest.raises(ModelFileError, match="upp-resnet50-upernet"):
        load_segmenter("storybook+colors")  # no single name: the folder is meant


@pytest.mark.parametrize(
    ("spec", "error", "sentence"),
    [
        ("storyboard", UnknownNameError, "no segmenter 'storyboard': known are storybook"),
        ("storybook+", BadInputError, "has an empty part"),
        ("", BadInputError, "has an empty part"),
        ("halves", BadInputError, "begins with halves"),
        ("colors+halves", BadInputError, "sees no objects"),
        ("storybook+halves+halves", BadInputError, "sees '.*' already"),
        ("nowhere/file.safetensors", UnknownNameError, "no segmenter 'nowhere/file.safetensors'"),
        ("no_such_package.module:Name", UnknownNameError, "no module no_such_package"),
    ],
)
def test_bad_names(spec: str, error: type[DissectionError], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        load_segmenter(spec)


def test_published_weights_that_are_not_there(tmp_path: Path) -> None:
    first = "upp-resnet50-upernet/encoder_epoch_40.pth"
    for spec, folder in (
        (f"netpqc={tmp_path}", tmp_path),
        (f"netpq={tmp_path}", tmp_path),
        (str(tmp_path), tmp_path),
        ("netpqc", published_folder()),
    ):
        with pytest.raises(ModelFileError, match=f"no file {folder / first}"):
            load_segmenter(spec)


def test_user_segmenters(user_module: str) -> None:
    assert load_segmenter(f"{user_module}:Bright", "meta").device == "meta"
    assert load_segmenter(f"{user_module}:make").device == "made"
    assert load_segmenter(f"{user_module}:ready").device == "ready"
    joined = load_segmenter(f"{user_module}:Bright+colors")
    maps = joined.segment(torch.ones(1, 3, 4, 4))
    assert [str(joined.vocabulary[i]) for i in maps[0, :, 0, 0]] == ["bright", "white"]


@pytest.mark.parametrize(
    ("name", "error", "sentence"),
    [
        ("looked_up.user_segmenter:Absent", UnknownNameError, "user_segmenter has no Absent"),
        ("looked_up.absent:Bright", UnknownNameError, "no module looked_up.absent"),
        ("looked_up.fails_at_once:Bright", BadInputError, "fails with ZeroDivisionError"),
        ("looked_up.user_segmenter:Mute", BadInputError, "it has no digest and no segment"),
        ("looked_up.user_segmenter:number", BadInputError, "is a int, neither"),
        ("looked_up.user_segmenter:broken", BadInputError, "RuntimeError: no weights found.$"),
        ("looked_up.user_segmenter:refuses", BadInputError, "The folder is empty; choose another"),
    ],
)
def test_user_segmenters_that_fail(
    user_module: str, name: str, error: type[DissectionError], sentence: str
) -> None:
    assert name.startswith(user_module.split(".")[0])
    with pytest.raises(error, match=sentence):
        load_segmenter(name)
