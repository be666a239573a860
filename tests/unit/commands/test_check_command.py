import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.commands import check
from dissection.commands.interrupts import StopRequest
from dissection.commands.reporting import Reporter
from dissection.data.storybook.vocabulary import STORYBOOK
from dissection.errors import BadInputError, DissectionError, StoreError, UnknownNameError
from dissection.models.generators.checkpoints import save_generator
from dissection.models.segmenters.storybook import Head, SceneNetwork, save_segmenter
from dissection.runtime.progress import Progress, Stopped
from support.tiny import tiny_generator

HEADS = [
    Head("object", tuple(STORYBOOK.id(STORYBOOK.find(c)) for c in ("sky", "tree", "building"))),
    Head("part", tuple(STORYBOOK.id(STORYBOOK.find(f"part:{c}")) for c in ("door", "window"))),
]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny generator, another one, a segmenter, and a dissection."""
    folder = tmp_path_factory.mktemp("check")
    save_generator(tiny_generator(), folder / "tiny.safetensors", {})
    save_generator(tiny_generator(seed=3), folder / "other.safetensors", {})
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        network = SceneNetwork(5, (6, 6, 6, 6)).eval()
        for parameter in network.parameters():
            parameter.data *= 3  # decisions that differ from place to place
    save_segmenter(network, HEADS, STORYBOOK, 32, folder / "segmenter.safetensors", {})
    words = [
        "dissect", "--model", str(folder / "tiny.safetensors"),
        "--segmenter", str(folder / "segmenter.safetensors"), "--layers", "layer3,layer4",
        "--out", str(folder / "d"), "--size", "30", "--effect-size", "12", "--strength-size", "0",
        "--precision", "float32", "--device", "cpu", "--progress", "none",
    ]  # fmt: skip
    invoke(words)
    return folder


def invoke(arguments: list[str]) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def words(made: Path, kind: str, *more: str) -> list[str]:
    return [
        "check", kind, str(made / "d"), "--model", str(made / "tiny.safetensors"),
        "--segmenter", str(made / "segmenter.safetensors"), "--size", "8", "--batch", "3",
        "--precision", "float32", "--device", "cpu", "--progress", "none", *more,
    ]  # fmt: skip


def test_units_are_checked_and_written(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "units.json"
    output = invoke(words(made, "units", "-k", "3", "--share", "0.125", "--out", str(out)))
    figures = json.loads(out.read_text())
    assert figures["latents"] == figures["size"] == 8
    assert {(e["layers"][0], e["order"]) for e in figures["erasures"]} <= {
        (layer, order) for layer in ("layer3", "layer4") for order in ("iou", "effect")
    }
    assert all(e["units"] <= 3 for e in figures["erasures"])
    assert len(figures["insertions"]) > 0
    assert "tree falls by 50%" in output
    for row in figures["erasures"]:
        assert f"{row['fell']:.1%}" in output
    assert (
        invoke(words(made, "units", "-k", "3", "--share", "0.125", "--layers", "layer4")) != output
    )


def test_effects_are_checked_and_written(made: Path, tmp_path: Path) -> None:
    out = tmp_path / "effect.json"
    more = ("--out", str(out), "--least-area", "0.01", "--layers", "layer4")
    output = invoke(words(made, "effect", *more))
    figures = json.loads(out.read_text())
    found, (layer,) = figures["found"], figures["layers"]
    assert {a["layer"] for a in found} == {"layer4"} == {layer["layer"]}
    assert all(-1 <= a["effect"] <= 1 for a in found if a["effect"] is not None)
    units = tiny_generator().layer_shape("layer4")[0]
    assert {a["units"] for a in found} == {units} == {layer["units"]}
    effects = [a["effect"] for a in found if a["effect"] is not None]
    assert layer["concepts"] == len(found) > 0
    assert layer["effect"]["concepts"] == len(effects)
    assert layer["effect"]["mean"] == pytest.approx(sum(effects) / len(effects))
    assert figures["precision"] == "float32"
    assert f"{layer['effect']['mean']:.2f} ±{layer['effect']['deviation']:.2f}" in output
    names = [a["concept"]["name"] for a in found]
    detailed = invoke(words(made, "effect", *more, "--concepts"))
    assert detailed.endswith(output)
    assert all(f" {name} " in detailed for name in names)
    assert not any(f" {name} " in output for name in names)
    few = invoke(words(made, "effect", "-k", "2", "--progress", "json"))
    *_, last, end = (json.loads(line) for line in few.splitlines())
    assert end == {"version": 1, "result": {}}
    # Two units and the unedited maps, of two layers, for eight latents.
    assert last["stage"] == "zeroing single units"
    assert last["done"] == last["total"] == 2 * 3 * 8


def test_a_check_of_effects_goes_on(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def stopping(_: str) -> Iterator[Reporter]:
        yield Until("none", StopRequest())

    class Until(Reporter):
        def __call__(self, progress: Progress) -> bool:
            return progress.done < 70

    work, out = str(tmp_path / "work"), (tmp_path / "a.json", tmp_path / "b.json")
    more = ("--work", work, "--least-area", "0.01")
    with monkeypatch.context() as patch:
        patch.setattr(check, "reporting", stopping)
        with pytest.raises(Stopped):
            invoke(words(made, "effect", *more))
    wanted = (*more, "--resume", "--out", str(out[0]), "--progress", "json")
    assert json.loads(invoke(words(made, "effect", *wanted)).splitlines()[0])["done"] >= 70
    assert not Path(work).exists()
    invoke(words(made, "effect", "--least-area", "0.01", "--out", str(out[1])))
    assert out[0].read_text() == out[1].read_text()


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        (["--seed", "1"], BadInputError, "measured on the latents of seed 1"),
        (["--model", "other.safetensors"], StoreError, "dissect it anew"),
        (["--segmenter", "colors"], BadInputError, "sees other concepts"),
        (["--layers", "layer9"], UnknownNameError, "layer9"),
        (["--erase", "treee"], UnknownNameError, "treee"),
        (["--orders", "size"], BadInputError, "by size"),
        (["--size", "0"], BadInputError, "at least 1 latent"),
        (["--cells", "0"], BadInputError, "--cells 0"),
        (["--resume"], BadInputError, "--work"),
    ],
)
def test_wrong_wishes_are_told(
    made: Path, more: list[str], error: type[DissectionError], message: str
) -> None:
    more = [str(made / word) if word.endswith(".safetensors") else word for word in more]
    with pytest.raises(error, match=message):
        invoke(words(made, "units", *more))


@pytest.mark.parametrize("share", ["nan", "-0.1", "2", "inf"])
def test_a_least_area_is_a_share(made: Path, share: str) -> None:
    with pytest.raises(BadInputError, match="--least-area is a share of the pictures"):
        invoke(words(made, "effect", f"--least-area={share}"))
