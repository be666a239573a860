import csv
import json
import signal
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.storybook import Storybook
from dissection.data.storybook.book import DOMAINS
from dissection.interventions.ablation.store import load_ablation
from dissection.results.store import load_dissection
from support.processes import free_port, start_dissection

NAMES = ("boat", "church", "farm", "lake", "street")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(3)
    root = tmp_path_factory.mktemp("pictures")
    for part, each in (("train", 5), ("val", 4)):
        for name in NAMES:
            (root / part / name).mkdir(parents=True)
            for number in range(each):
                picture = rng.integers(0, 256, (20, 20, 3)).astype(np.uint8)
                Image.fromarray(picture).save(root / part / name / f"{number}.png")
    return root


def words(folders: Path, out: Path, *more: str) -> list[str]:
    return [
        "ablate", "--model", "support.small_classifiers:fair_vgg", "--layer", "features.relu2",
        "--train", str(folders / "train"), "--val", str(folders / "val"), "--out", str(out),
        "--crop", "16", "--batch", "4", "--draws", "2", "--curves", "farm", "--effect-size", "10",
        "--device", "cpu", "--threads", "1", *more,
    ]  # fmt: skip


def run(arguments: list[str]) -> tuple[int, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output or str(result.exception)


@pytest.fixture(scope="module")
def made(folders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("made")
    code, told = run(words(folders, out, "--progress", "none"))
    assert code == 0, told
    assert "features.relu2 of VGG: 12 units, 5 classes, 20 held-out" in told
    assert "decisions lie within rounding" in told
    assert "without least important half" in told
    assert "correlations of units with classes are negative" in told
    return out


def test_the_folder_holds_the_ablation_and_its_tables(made: Path) -> None:
    found = load_ablation(made)
    assert found.classes == NAMES
    assert found.curves.classes.tolist() == [2]
    assert found.provenance["command"].startswith("dissection")
    with (made / "pairs.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 60
    assert not (made / "work").exists()
    assert json.loads((made / "timings.json").read_text())["training units"] > 0


def arrays(folder: Path) -> str:
    return next(folder.glob("arrays-*")).name


def test_killed_and_resumed_it_gives_the_same_bytes(
    made: Path, folders: Path, tmp_path: Path
) -> None:
    arguments = words(folders, tmp_path / "out")
    with start_dissection(arguments) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if json.loads(line).get("stage", "").startswith("taking out units (held-out"):
                process.send_signal(signal.SIGKILL)
                break
    assert (tmp_path / "out" / "work").exists()
    with start_dissection([*arguments, "--resume"]) as process:
        told, trouble = process.communicate(timeout=600)
    assert process.returncode == 0, trouble
    *lines, last = [json.loads(line) for line in told.splitlines()]
    assert last["result"] == {"ablation": str(tmp_path / "out")}
    first = next(line for line in lines if line["stage"] == "taking out units (training pictures)")
    assert first["done"] == first["total"]
    assert arrays(tmp_path / "out") == arrays(made)


def test_two_processes_come_to_the_same_bytes(made: Path, folders: Path, tmp_path: Path) -> None:
    port = free_port()
    arguments = words(folders, tmp_path / "out")
    started = [start_dissection(arguments, rank, 2, port) for rank in range(2)]
    try:
        for process in started:
            _, trouble = process.communicate(timeout=200)
            assert process.returncode == 0, trouble
    finally:
        for process in started:
            process.kill()
            process.communicate()
    assert arrays(tmp_path / "out") == arrays(made)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--layer", "features.relu9"], "no layer 'features.relu9'; did you mean features.relu"),
        (["--model", "storybook-church"], "is a generator and has no classes"),
        (["--val", "nowhere"], "nowhere is not there"),
        (["--replacement", "median"], "set to zero, mean, other, not 'median'"),
        (["--curves", "moon"], "no class 'moon' to follow"),
        (["--classes-file", "nowhere.txt"], "cannot be read as a list of classes"),
        (["--memory", "0"], "take more than 0 GB"),
        (["--batch", "0"], "--batch 0 is below 1"),
        (["--dissection", "nowhere"], "holds no dissection"),
        (["--val", "storybook:churches"], "are all of one class"),
        (["--val", "storybook:moon"], "Storybook has no domain 'moon'"),
        (
            ["--train", "storybook:scenes", "--val", "storybook:scenes", "--fit", "cover"],
            "scenes are painted square; leave out --fit cover",
        ),
        (
            ["--model", "storybook-scenes", "--layer", "features.relu5_3", "--no-normalize"],
            "normalizes its pictures itself",
        ),
    ],
)
def test_what_cannot_be_done_is_told(
    folders: Path, tmp_path: Path, more: list[str], message: str
) -> None:
    code, told = run(words(folders, tmp_path / "out", "--progress", "none", *more))
    assert code != 0
    assert message in told


def test_classes_in_another_order_are_read_from_a_file(folders: Path, tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("\n".join(reversed(NAMES)) + "\n")
    more = ["--classes-file", str(tmp_path / "names.txt"), "--progress", "none", "--val-size", "7"]
    code, told = run(words(folders, tmp_path / "out", *more))
    assert code == 0, told
    found = load_ablation(tmp_path / "out")
    assert found.classes == NAMES[::-1]
    assert len(found.targets) == 7
    assert [found.classes[k] for k in found.targets] == [n.split("/")[0] for n in found.names]


def test_with_a_dissection_units_are_told_with_what_they_match(
    folders: Path, tmp_path: Path
) -> None:
    code, told = run([
        "dissect", "--model", "support.small_classifiers:fair_vgg", "--layers", "features.relu2",
        "--images", str(folders / "val"), "--crop", "16", "--size", "9", "--device", "cpu",
        "--segmenter", "support.color_segmenter:ColorSegmenter", "--out", str(tmp_path / "d"),
        "--progress", "none",
    ])  # fmt: skip
    assert code == 0, told
    more = ["--dissection", str(tmp_path / "d"), "--progress", "none"]
    code, told = run(words(folders, tmp_path / "out", *more))
    assert code == 0, told
    with (tmp_path / "out" / "units.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    dissected = load_dissection(tmp_path / "d")["features.relu2"]
    assert [row["concept"] for row in rows] == [
        dissected.vocabulary[label].name for label in dissected.labels.tolist()
    ]
    page = (tmp_path / "out" / "units.html").read_text()
    found = load_ablation(tmp_path / "out")
    needed = [name for name, row in zip(NAMES, found.needed_by(4), strict=True) if row.any()]
    assert needed
    assert all(name in page for name in needed)
    other = words(folders, tmp_path / "other", *more)
    other[other.index("support.small_classifiers:fair_vgg")] = (
        "support.small_classifiers:tiny_other"
    )
    code, told = run(other)
    assert code != 0
    assert "This dissection was made of a network" in told


def test_pictures_without_folders_are_told(folders: Path, tmp_path: Path) -> None:
    more = ["--val", str(folders / "val" / "farm"), "--progress", "none"]
    code, told = run(words(folders, tmp_path / "out", *more))
    assert code != 0
    assert "holds pictures and no folders of them" in told


def test_a_forecast_ablates_a_few_pictures_and_tells_what_all_would_take(
    folders: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    code, told = run(words(folders, out, "--batch", "2", "--forecast", "--progress", "json"))
    assert code == 0, told
    lines = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    result = lines[-1]["result"]
    assert not out.exists()
    assert {"training units", "held-out units", "sets"} <= set(result["stages"])
    assert result["seconds"] == pytest.approx(sum(result["stages"].values()), abs=0.01)
    assert min(result["memory"], result["disk"], result["free"]) > 0
    stages = {line["stage"] for line in lines[:-1] if "stage" in line}
    assert stages
    assert "loading" in stages  # told before anything that takes its time
    stages.remove("loading")
    assert all(stage.startswith("trial: ") or "looking" in stage for stage in stages)
    code, told = run(words(folders, out, "--forecast", "--progress", "none"))
    assert code == 0
    assert "minutes" in told


@pytest.mark.skipif("scenes" not in DOMAINS, reason="Storybook paints no classes yet")
def test_scenes_are_painted_as_they_are_needed(tmp_path: Path) -> None:
    arguments = [
        "ablate", "--model", "support.small_classifiers:scene_vgg", "--layer", "features.relu2",
        "--train", "storybook:scenes", "--val", "storybook:scenes", "--out", str(tmp_path),
        "--crop", "64", "--train-size", "9", "--val-size", "7", "--draws", "1",
        "--effect-size", "0", "--device", "cpu", "--progress", "none",
    ]  # fmt: skip
    code, told = run(arguments)
    assert code == 0, told
    found = load_ablation(tmp_path)
    book = Storybook("scenes")
    assert found.classes == book.classes
    held_out = [10_000_000 + n for n in range(7)]
    assert found.names == tuple(map(str, held_out))
    assert found.targets.tolist() == [n % len(book.classes) for n in held_out]
