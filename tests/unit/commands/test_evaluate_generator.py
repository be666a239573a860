"""``dissection evaluate generator`` compares like with like."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.models.generators.checkpoints import save_generator
from dissection.models.generators.progressive import ProgressiveGenerator


@pytest.mark.parametrize("size", [0, 32])
def test_scenes_are_painted_at_the_generators_own_size(tmp_path: Path, size: int) -> None:
    network = ProgressiveGenerator((4, 4, 4, 4, 4, 4), depth=4).eval()
    save_generator(network, tmp_path / "little.safetensors")
    folders = {"model": "little.safetensors", "cache": "cache", "json": "figures.json"}
    arguments = [text for k, name in folders.items() for text in (f"--{k}", str(tmp_path / name))]
    result = CliRunner().invoke(
        app, ["evaluate", "generator", *arguments, "--count", "8", "--size", str(size)]
    )
    assert result.exit_code == 0, result.output
    painted = {path.name.split("-")[1] for path in (tmp_path / "cache").glob("*.images.npy")}
    assert painted == {str(network.size)}, "painted small, scenes are sharper than pooled ones"
    levels = json.loads((tmp_path / "figures.json").read_text())["swd"]
    assert max(int(level) for level in levels if level != "mean") == (size or network.size)
