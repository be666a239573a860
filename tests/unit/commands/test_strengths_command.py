from dataclasses import asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import BadInputError, StoreError, UnknownNameError
from dissection.models.generators.checkpoints import save_generator
from dissection.results.store import load_dissection
from dissection.results.strength import Strength
from support.tiny import tiny_generator


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny generator, and a dissection of it whose brushes were measured."""
    folder = tmp_path_factory.mktemp("strengths")
    save_generator(tiny_generator(), folder / "tiny.safetensors", {})
    invoke(
        ["dissect", "--model", str(folder / "tiny.safetensors"), "--layers", "layer3,layer4",
         "--out", str(folder / "d"), "--size", "20", "--effect-size", "4", "--strength-size", "2",
         "--batch", "10", "--precision", "float32", "--device", "cpu", "--progress", "none"]
    )  # fmt: skip
    return folder


def invoke(arguments: list[str]) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def words(made: Path, *more: str) -> list[str]:
    return [
        "strengths", str(made / "d"), "--model", str(made / "tiny.safetensors"),
        "--precision", "float32", "--device", "cpu", "--batch", "10", "--progress", "none", *more,
    ]  # fmt: skip


def figures(strengths: list[Strength], layers: tuple[str, ...]) -> list[dict[str, object]]:
    return [asdict(s) for s in strengths if s.layers == layers]


def test_brushes_measured_anew_are_those_of_the_dissection(made: Path, tmp_path: Path) -> None:
    """With the same latents the same figures; those of layers not asked for are kept."""
    before = load_dissection(made / "d")
    invoke(words(made, "--size", "2", "--out", str(tmp_path / "same")))
    same = load_dissection(tmp_path / "same")
    assert [asdict(s) for s in same.strengths] == [asdict(s) for s in before.strengths]

    invoke(words(made, "--size", "3", "--layers", "layer4", "--out", str(tmp_path / "more")))
    after = load_dissection(tmp_path / "more")
    kept, anew = ("layer3",), ("layer4",)
    assert figures(after.strengths, kept) == figures(before.strengths, kept) != []
    assert max(s.latents for s in after.strengths if s.layers == anew) == 3
    assert {s.layers for s in after.strengths} == {kept, anew, kept + anew}
    assert after.provenance["brushes"]["layers"] == ["layer4"]
    assert (after["layer4"].iou == before["layer4"].iou).all()
    assert not (tmp_path / "more" / "work-strengths").exists()


def test_brushes_of_several_layers_stay_where_one_of_them_is_measured_anew(
    made: Path, tmp_path: Path
) -> None:
    """Nothing is tried of both layers then, so what was measured of them is not lost."""
    both = ("layer3", "layer4")
    before = figures(load_dissection(made / "d").strengths, both)
    invoke(words(made, "--size", "3", "--layers", "layer4", "--out", str(tmp_path / "one")))
    assert figures(load_dissection(tmp_path / "one").strengths, both) == before != []
    invoke(words(made, "--size", "3", "--layers", ",".join(both), "--out", str(tmp_path / "all")))
    anew = figures(load_dissection(tmp_path / "all").strengths, both)
    assert max(s["latents"] for s in anew) == 3


def test_wrong_wishes_are_told(made: Path) -> None:
    with pytest.raises(UnknownNameError, match="layer9"):
        invoke(words(made, "--size", "2", "--layers", "layer9"))
    with pytest.raises(BadInputError, match="--size 0"):
        invoke(words(made, "--size", "0"))
    with pytest.raises(BadInputError, match="seed 1; hold out another"):
        invoke(words(made, "--size", "2", "--seed", "1"))
    save_generator(tiny_generator(seed=9), made / "other.safetensors", {})
    with pytest.raises(StoreError, match="another segmenter, StorybookSegmenter; name that one"):
        invoke(words(made, "--size", "1", "--segmenter", "colors", "--out", str(made / "q")))
    assert not (made / "q").exists()
    with pytest.raises(StoreError, match="made of a network tiny"):
        invoke(["strengths", str(made / "d"), "--model", str(made / "other.safetensors")])
