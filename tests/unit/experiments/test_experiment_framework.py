"""The framework, on an experiment that is one file in a folder of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import dissection.experiments
from dissection.__main__ import app
from dissection.errors import BadInputError, StoreError, UnknownNameError
from dissection.experiments import catalog
from dissection.experiments.registry import experiments, find_experiment
from dissection.experiments.result import Result
from dissection.experiments.settings import ExperimentSettings
from dissection.experiments.store import (
    CARD,
    DARK_CARD,
    MANIFEST,
    load_result,
    manifest_digest,
    save_result,
)
from dissection.runtime.progress import Progress, Stopped, read_line

SQUARES = '''
"""Sums of squares, batch by batch."""

from typing import Literal

import numpy as np

from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.report.figures import Curves, Heat, Series, Sheet
from dissection.runtime.accumulator import Accumulator
from dissection.runtime.progress import Meter


class Settings(ExperimentSettings):
    numbers: int = setting(40, "How many numbers.", least=1, most=1000, quick=4, paper=400)
    share: float = setting(0.5, "A share.", least=0, most=1)
    kind: Literal["even", "odd"] = setting("even", "Which numbers.")
    names: tuple[str, ...] = setting(("a",), "Names.", quick=("a", "b"))
    loud: bool = setting(False, "Whether it is loud.")


def run(settings, execution):
    execution.identify("number one", "1" * 64)
    counted = Accumulator(execution.work, "squares", {"sums": np.zeros(settings.numbers, np.int64)})
    meter = Meter(execution.report, "squaring", settings.numbers, counted.place[0])
    for n in range(counted.place[0], settings.numbers):
        counted["sums"][n] = n * n
        counted.keep(n + 1)
        meter.step()
    sums = counted["sums"]
    return Measured(
        {"sums": {"n": [*range(len(sums))], "square": sums.tolist(), "gap": [np.nan] * len(sums)}},
        {"total": sums.sum()},
        [f"the total is {sums.sum()}"],
        {"sums": sums},
        {"grays": np.full((2, 3, 8, 8, 3), 128, np.uint8)},
        {"kind": settings.kind},
    )


def figures(result):
    table = result.table("sums")
    return {
        "sums": Curves("sums", "n", "square", (Series("n", table["n"], table["square"]),)),
        "map": Heat("map", result.arrays["sums"][None].astype(float), "square"),
        "grays": Sheet("grays", result.pictures["grays"]),
    }


EXPERIMENT = Experiment(
    name="squares", title="Squares", figure="Nobody 2000, figure 1",
    idea="Squares grow.", settings=Settings, run=run, figures=figures, takes="A moment.",
)
'''


@pytest.fixture(autouse=True)
def squares(tmp_path_factory: pytest.TempPathFactory, monkeypatch: Any) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("catalog")
    (folder / "squares.py").write_text(SQUARES)
    monkeypatch.setattr(catalog, "__path__", [*catalog.__path__, str(folder)])
    experiments.cache_clear()
    yield
    experiments.cache_clear()
    sys.modules.pop(f"{catalog.__name__}.squares", None)


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["experiment", *arguments], catch_exceptions=False)


def test_one_file_is_a_command_a_function_and_a_view(tmp_path: Path) -> None:
    assert "squares" in experiments()
    result = dissection.experiments.squares(numbers=3, out=tmp_path / "r")
    assert result.to_pandas().square.tolist() == [0, 1, 4]
    assert result.summary == {"total": 5}
    assert result.settings["numbers"] == 3
    assert result.plot()["sums"].axes[0].get_xlabel() == "n"
    assert "How many numbers." in dissection.experiments.squares.__doc__
    told = invoke("--list").output
    assert "Squares grow." in told
    assert "Nobody 2000" in told
    assert "squares" in dir(dissection.experiments)
    said = invoke(
        "squares", "--numbers", "3", "--names", "x, y", "--loud", "--out", str(tmp_path / "c"),
        "--progress", "none",
    ).output  # fmt: skip
    assert "the total is 5" in said
    stored = load_result(tmp_path / "c")
    assert stored.settings == {
        "numbers": 3, "share": 0.5, "kind": "even", "names": ["x", "y"], "loud": True
    }  # fmt: skip
    assert "experiment squares" not in said  # the sentences, not the manifest


def test_what_is_stored_is_loaded_and_drawn_again(tmp_path: Path) -> None:
    made = dissection.experiments.squares(numbers=5, out=tmp_path / "r")
    found = load_result(tmp_path / "r")
    assert (found.tables, found.summary, found.told) == (made.tables, made.summary, made.told)
    assert (found.arrays["sums"] == made.arrays["sums"]).all()
    assert found.pictures["grays"].shape == (2, 3, 8, 8, 3)
    assert np.abs(found.pictures["grays"].astype(int) - 128).max() <= 2
    assert found.table()["gap"] == [None] * 5
    assert found.provenance["kind"] == "even"
    assert set(found.figures()) == {"sums", "map", "grays"}
    names = {path.name for path in (tmp_path / "r").iterdir()}
    assert {"sums.csv", "sums.png", "sums.svg", "grays.png", "card.png", "timings.json"} < names
    assert "work" not in names
    before = (tmp_path / "r" / "sums.svg").read_bytes(), (tmp_path / "r" / "card.png").read_bytes()
    dissection.experiments.squares(numbers=5, out=tmp_path / "r")
    assert before == (
        (tmp_path / "r" / "sums.svg").read_bytes(),
        (tmp_path / "r" / "card.png").read_bytes(),
    )
    save_result(found, tmp_path / "small", plots=False)
    kept = sorted(path.suffix for path in (tmp_path / "small").iterdir())
    assert kept == [".json", ".json", ".png", ".png", ".safetensors", ".webp"]
    grounds = []
    for name in (CARD, DARK_CARD):
        with Image.open(tmp_path / "small" / name) as card:
            grounds.append(card.convert("RGB").getpixel((1, 1)))
    assert grounds == [(255, 255, 255), (26, 28, 32)]


def test_sizes_give_way_to_what_is_given() -> None:
    settings = find_experiment("squares").settings
    assert settings.of("quick").to_json()["names"] == ["a", "b"]
    assert settings.of("paper").to_json()["numbers"] == 400
    assert settings.of("quick", numbers=7).to_json()["numbers"] == 7
    chosen = settings.of("quick", loud=True, kind="odd", share=0.25)
    words = chosen.arguments("quick")
    assert words == ["--size", "quick", "--share", "0.25", "--kind", "odd", "--loud"]
    assert settings.from_json(chosen.to_json()) == chosen
    numbers, share, kind, names, loud = settings.described()
    assert (numbers.least, numbers.most, numbers.type) == (1, 1000, int)
    assert (kind.choices, names.type, loud.option) == (("even", "odd"), tuple, "--loud")
    assert share.description == "A share."


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"numbers": 0}, "--numbers 0 is too little; take at least 1."),
        ({"numbers": 2000}, "--numbers 2000 is too much; take at most 1000."),
        ({"numbers": "many"}, "--numbers cannot be 'many'"),
        ({"kind": "prime"}, "--kind is even or odd, not prime."),
        ({"nummer": 3}, "There is no setting 'nummer'; there are numbers"),
        ({"size": "huge"}, "The size is quick, default, paper, not 'huge'."),
        ({"batch": 0}, "--batch 0 is too little"),
    ],
)
def test_wrong_wishes_are_told_in_a_sentence(given: dict[str, Any], told: str) -> None:
    with pytest.raises(BadInputError, match=told.replace(".", "\\.")):
        dissection.experiments.squares(**given)


def test_a_stopped_job_goes_on_to_the_same_result(tmp_path: Path) -> None:
    def stop(progress: Progress) -> bool:
        return progress.done < 3

    with pytest.raises(Stopped, match="3 of 5"):
        dissection.experiments.squares(numbers=5, out=tmp_path / "r", report=stop)
    with pytest.raises(StoreError, match="settings"):
        dissection.experiments.squares(numbers=6, out=tmp_path / "r", resume=True)
    seen: list[Progress] = []
    done = dissection.experiments.squares(
        numbers=5, out=tmp_path / "r", resume=True, report=seen.append
    )
    assert [progress.done for progress in seen] == [3, 4, 5]
    assert done.tables == dissection.experiments.squares(numbers=5).tables
    assert not (tmp_path / "r" / "work").exists()


def test_another_network_is_refused_when_a_job_goes_on(tmp_path: Path) -> None:
    with pytest.raises(Stopped):
        dissection.experiments.squares(out=tmp_path / "r", report=lambda p: p.done < 3)
    progress = tmp_path / "r" / "work" / "progress.json"
    progress.write_text(progress.read_text().replace("1" * 64, "2" * 64))
    with pytest.raises(StoreError, match="another number one"):
        dissection.experiments.squares(out=tmp_path / "r", resume=True)


def test_the_command_tells_in_lines_of_json(tmp_path: Path) -> None:
    said = invoke(
        "squares", "--size", "quick", "--progress", "json", "--out", str(tmp_path / "r")
    ).output
    lines = [read_line(line) for line in said.splitlines()]
    assert [line.done for line in lines if isinstance(line, Progress)][-1] == 4
    assert lines[-1].result == {"experiment": "squares", "folder": str(tmp_path / "r")}  # type: ignore[union-attr]
    said = invoke("squares", "--size", "quick", "--json", "--out", str(tmp_path / "r")).output
    assert json.loads(said)["summary"] == {"total": 14}
    assert "--numbers" in invoke("squares", "--help").output


def test_a_result_tells_the_command_but_not_where_it_was_put(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["squares", "--size", "quick", f"--out={tmp_path / 'r'}"]
    monkeypatch.setattr(sys, "argv", ["dissection", "experiment", *words])
    assert invoke(*words).exit_code == 0
    told = load_result(tmp_path / "r").provenance["command"]
    assert told == "dissection experiment squares --size quick --out=DIR"


def test_what_ships_is_made_by_one_command(tmp_path: Path) -> None:
    words = ("all", "--only", "squares", "--out", str(tmp_path), "--progress", "none")
    assert "the total is" in invoke(*words).output
    assert load_result(tmp_path / "squares").summary == {"total": sum(n * n for n in range(40))}
    assert not (tmp_path / "squares" / "sums.svg").exists()
    assert invoke(*words).output == ""  # it is there already


def test_folders_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match="holds other files"):
        dissection.experiments.squares(out=tmp_path)
    with pytest.raises(StoreError, match="holds no result"):
        load_result(tmp_path / "nowhere")
    with pytest.raises(UnknownNameError, match="did you mean squares"):
        find_experiment("square")
    with pytest.raises(AttributeError):
        dissection.experiments.circles  # noqa: B018


def test_damage_is_told(tmp_path: Path) -> None:
    dissection.experiments.squares(numbers=5, out=tmp_path / "r")
    arrays = next((tmp_path / "r").glob("arrays-*"))
    arrays.write_bytes(arrays.read_bytes()[:-1] + b"?")
    with pytest.raises(StoreError, match="SHA-256 differs"):
        load_result(tmp_path / "r")
    arrays.unlink()
    with pytest.raises(StoreError, match="is missing"):
        load_result(tmp_path / "r")
    with pytest.raises(UnknownNameError, match="has the tables counts"):
        Result({"counts": {"k": [1]}}, experiment="squares").table("nothing")


def test_settings_that_no_form_can_be_made_of_are_a_mistake() -> None:
    class Wrong(ExperimentSettings):
        numbers: dict[str, int] = {}  # noqa: RUF012

    with pytest.raises(TypeError, match="no setting"):
        Wrong.described()


def test_results_are_read_and_drawn_without_torch(tmp_path: Path) -> None:
    dissection.experiments.layers(out=tmp_path / "r", layers=("layer4",))
    code = (
        "import sys\n"
        "from dissection.experiments.registry import experiments\n"
        "from dissection.experiments.store import load_result\n"
        f"result = load_result({str(tmp_path / 'r')!r})\n"
        "result.plot(); experiments()\n"
        "assert not {'torch', 'PySide6', 'matplotlib.pyplot'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_layers_tells_what_the_dissection_holds() -> None:
    result = dissection.experiments.layers(dissections=("storybook-church",), layers=("layer4",))
    frame = result.to_pandas()
    every = frame[frame.category == "all"].iloc[0]
    assert every.matching == frame[frame.category != "all"].matching.sum() > 0
    assert every.units == 256
    assert result.summary["storybook-church layer4"]["concepts"] == every.concepts
    with pytest.raises(UnknownNameError, match="layer99"):
        dissection.experiments.layers(layers=("layer99",))
    with pytest.raises(BadInputError, match="no dissection 'nowhere'"):
        dissection.experiments.layers(dissections=("nowhere",))


@pytest.mark.parametrize("name", ["../outside", "a/b", "", "a\nb", "n" * 300])
def test_a_result_of_others_writes_nothing_outside_of_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInputError, match="cannot be called"):
        save_result(Result({name: {"k": [1]}}, experiment="none"), tmp_path / "own" / "r")
    assert not (tmp_path / "own").exists()
    made = Result({"a": {"=1+1": ["=2+2", 3]}}, experiment="none")
    save_result(made, tmp_path / "r")
    assert (tmp_path / "r" / "a.csv").read_text() == "'=1+1\n'=2+2\n3\n"
    manifest = json.loads((tmp_path / "r" / MANIFEST).read_text())
    manifest["tables"] = {name: {"k": [1]}}
    manifest["sha256"] = manifest_digest(manifest)
    (tmp_path / "r" / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(StoreError, match="is no name of a table"):
        load_result(tmp_path / "r")
