import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from dissection.pipeline import dissect
from dissection.results.store import load_dissection
from dissection.runtime.resources import resource
from support.documented import run_block
from support.pictures import make_folder

README = Path(__file__).parents[2] / "README.md"


def lines_of(heading: str) -> list[str]:
    """Each block of Python lines below a heading."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^## )", README.read_text(), re.S | re.M)
    assert found is not None
    return re.findall(r"```python\n(.*?)```", found[1], re.S)


def test_a_network_of_ones_own_in_five_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = lines_of("Dissect your own network")
    assert len([line for line in first.splitlines() if line]) == 5
    make_folder(tmp_path / "photos", each=3, size=64)
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    features = nn.Sequential(nn.Conv2d(3, 6, 5, 4), nn.ReLU(), nn.Conv2d(6, 8, 3, 2), nn.ReLU())
    my_network = nn.Sequential()
    my_network.add_module("features", features)
    my_network.add_module("pool", nn.AdaptiveAvgPool2d(1))
    my_network.add_module("flatten", nn.Flatten())
    my_network.add_module("classifier", nn.Linear(8, 3))
    names: dict[str, Any] = {"my_network": my_network, "images": torch.rand(4, 3, 64, 64) * 2 - 1}
    exec(compile(first, "README.md", "exec"), names)
    loaded = load_dissection("my-dissection")
    assert capsys.readouterr().out.startswith(f"{loaded['features.3'].iou.shape} (3, 8)")
    assert loaded.provenance["sample"]["size"] == 4
    exec(compile(second, "README.md", "exec"), names)
    measured = names["measured"]
    assert measured.provenance["sample"]["size"] == 9
    assert measured.provenance["normalisation"]
    assert measured.provenance["levels"]["centres"] != "even"  # its first layer is not padded


def test_a_segmenter_of_ones_own(tmp_path: Path) -> None:
    (text,) = lines_of("A segmenter of your own")
    names: dict[str, Any] = {}
    exec(compile(text, "README.md", "exec"), names)
    assert len([line for line in text.splitlines() if line]) == 8
    torch.manual_seed(0)
    images = torch.rand(4, 3, 32, 32) * 2 - 1
    measured = dissect(nn.Sequential(nn.Conv2d(3, 4, 3)), ["0"], images, names["Bright"]())
    assert measured.vocabulary.find("bright").category == "color"
    assert names["Bright"]().segment(images).shape == (4, 1, 32, 32)


def test_an_ablation_in_three_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (lines,) = lines_of("Which classes need which units")
    assert len([line for line in lines.splitlines() if line]) == 3
    for part in ("train", "val"):
        make_folder(tmp_path / part, each=3, size=64)
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)
    features = nn.Sequential(nn.Conv2d(3, 6, 5, 4), nn.ReLU(), nn.Conv2d(6, 8, 3, 2), nn.ReLU())
    my_network = nn.Sequential()
    my_network.add_module("features", features)
    my_network.add_module("pool", nn.AdaptiveAvgPool2d(1))
    my_network.add_module("flatten", nn.Flatten())
    my_network.add_module("classifier", nn.Linear(8, 3))
    names: dict[str, Any] = {"my_network": my_network}
    exec(compile(lines, "README.md", "exec"), names)
    assert names["found"].importance.shape == (3, 8)


def test_a_dissection_is_read_as_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (lines,) = lines_of("Reading a dissection")
    bundled = resource("dissections/storybook-church")
    (tmp_path / "church-dissection").symlink_to(bundled, target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    (level, iou), concept, (exemplars, pictures), tables, plots = run_block(lines, names)
    assert level.shape == (iou.shape[1],)
    assert concept == list(names["church"].vocabulary)[names["layer"].labels[7]]
    assert len(exemplars) == len(pictures)
    assert [len(table) > 0 for table in tables] == [True] * 3
    assert len(plots) == 3
