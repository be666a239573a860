"""``dissection layers`` and ``dissection dissect --forecast``."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.models.generators.checkpoints import save_generator
from support.tiny import tiny_generator


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    save_generator(tiny_generator(), path, {})
    return path


def ask(*words: str) -> dict[str, object]:
    done = CliRunner().invoke(app, [*words, "--progress", "json"])
    assert done.exit_code == 0, done.output
    result: dict[str, object] = json.loads(done.output.splitlines()[-1])["result"]
    return result


def test_layers_are_listed_with_their_sizes(tiny: Path) -> None:
    told = ask("layers", "--model", str(tiny))
    assert told["takes"] == "latents"
    generator = tiny_generator()
    layers = {name: tuple(shape) for name, *shape in told["layers"]}  # type: ignore[attr-defined]
    assert layers["layer1"] == generator.layer_shape("layer1")
    assert list(layers)[:3] == ["layer1", "layer2", "layer3"]


def test_a_forecast_measures_nothing_and_tells_what_it_would_take(
    tiny: Path, tmp_path: Path
) -> None:
    words = ("dissect", "--model", str(tiny), "--layers", "layer3", "--size", "200", "--batch", "2")
    words += ("--segmenter", "colors", "--effect-size", "0", "--strength-size", "2")
    told = ask(*words, "--out", str(tmp_path / "d"), "--forecast")
    assert not (tmp_path / "d").exists()
    stages = told["stages"]
    assert isinstance(stages, dict)
    assert {"sampling", "statistics", "strength"} <= set(stages)
    assert told["seconds"] == pytest.approx(sum(stages.values()), abs=0.5)
    units, height, width = tiny_generator().layer_shape("layer3")
    assert told["disk"] >= 200 * units * height * width * 4  # type: ignore[operator]
    assert told["memory"] > 0 < told["free"]  # type: ignore[operator]
