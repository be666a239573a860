"""Snapshots whose units change as they were made to."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner

from dissection import experiments
from dissection.__main__ import app
from dissection.errors import BadInputError, StoreError, UnknownNameError
from dissection.experiments.catalog.training import find_snapshots, step_of
from dissection.experiments.result import Result, rows_of
from dissection.models.generators.checkpoints import save_generator
from dissection.runtime.progress import Stopped
from support.meeting import require_same_of_two
from support.tiny import tiny_generator


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three snapshots: at first as it ends, then with two units of layer4 exchanged."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "snapshots").mkdir()
    generator = tiny_generator()
    for step, exchanged in ((100, False), (900, False), (2000, True)):
        made = tiny_generator()
        if exchanged:
            weights = dict(made.named_parameters())
            order = torch.tensor([1, 0, *range(2, len(generator.layer4.conv.weight))])
            for name, value in weights.items():
                if name.startswith("layer4."):
                    value.data = value.data[order]
                elif name == "layer5.conv.weight":
                    value.data = value.data[:, order]
        save_generator(made, folder / f"snapshots/{step:08d}-32px.safetensors", {})
    return folder


def training(run: Path, **given: Any) -> Result:
    told = {"run": run, "images": 12, "batch": 6, "min_iou": 0.0, "device": "cpu"}
    result: Result = experiments.training(**{**told, **given})
    return result


def test_a_unit_that_changes_its_role_is_seen_to(run: Path) -> None:
    result = training(run)
    rows = rows_of(result.table())
    assert [row["step"] for row in rows] == [100, 900, 2000]
    assert rows[1]["changed"] == 0
    labels = result.arrays["labels"]
    assert (labels[0] == labels[1]).all()
    assert (labels[2, [1, 0]] == labels[1, :2]).all()
    assert rows[2]["changed"] == (0 if labels[1, 0] == labels[1, 1] else 2)
    assert len(rows_of(result.table("roles"))) == labels.shape[1]
    assert set(result.plot()) == {"concepts", "units", "when", "fates"}
    names = result.provenance["concepts"]
    assert {"water (object)", "water (material)"} < set(names)
    assert len(set(names)) == len(names)
    fates = result.summary["fates"]
    assert fates["kept"] + fates["changed"] + fates["lost"] == (result.arrays["iou"][0] > 0).sum()
    assert fates["changed"] + fates["lost"] <= 2
    assert sum(fates.values()) == labels.shape[1]


def test_what_a_training_went_on_from_is_the_first(run: Path) -> None:
    start = run / "snapshots/00002000-32px.safetensors"
    result = training(run, start=str(start), most=2)
    assert result.provenance["snapshots"][0] == start.name
    assert len(result.table()["step"]) == 3
    assert result.summary["fates"]["changed"] == result.summary["fates"]["gained"] == 0
    with pytest.raises(BadInputError, match="as --start says"):
        training(run, start="nowhere.safetensors")


def test_a_stopped_one_goes_on(run: Path, tmp_path: Path) -> None:
    stages: list[str] = []

    def stop(progress: Any) -> bool:
        stages.append(progress.stage)
        return stages.count("sampling") < 5

    with pytest.raises(Stopped):
        training(run, out=tmp_path / "r", report=stop)
    again = training(run, out=tmp_path / "r", resume=True)
    assert again.tables == training(run).tables
    assert not list((tmp_path / "r").glob("work*"))
    with pytest.raises(Stopped):
        training(run, out=tmp_path / "q", report=lambda _: False)
    with pytest.raises(StoreError, match="settings"):
        training(run, out=tmp_path / "q", resume=True, images=13)


def test_missing_snapshots_and_layers_are_told(run: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="Name the folder of a training"):
        experiments.training()
    with pytest.raises(BadInputError, match="holds 0 snapshots"):
        training(tmp_path)
    with pytest.raises(BadInputError, match="There is no folder"):
        training(tmp_path / "gone")
    with pytest.raises(UnknownNameError, match=r"None of the 3 snapshots .* layer 'layer99'"):
        training(run, layer="layer99")
    assert [step_of(path) for path in find_snapshots(str(run))] == [100, 900, 2000]
    assert step_of(Path("step-400.safetensors")) == 400
    assert len(training(run, most=2).table()["step"]) == 2


def test_results_of_trainings_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    arguments = ["experiment", "all", "--only", "training", "--out", str(tmp_path / "all")]
    told = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert told.exit_code == 0
    assert "training-generator is left out: there is no folder generator-run" in told.output
    assert "training-classifier is left out: there is no folder classifier-run" in told.output
    assert not (tmp_path / "all").exists()


def test_two_processes_come_to_the_figures_of_one(run: Path) -> None:
    require_same_of_two(partial(training, run))
