"""What an experiment is asked for and cannot do is told at once, and leaves nothing behind."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import DissectionError
from dissection.experiments.registry import experiments
from dissection.runtime.progress import Failed, read_line
from support.every_command import BASES, OTHERS, make_whole_files, patience
from support.study import LAYER

#: By what is wrong; of several things it is enough that one is.
WRONG = {
    "attack --ablation": "nonsense",
    "attack --dissection": "nonsense",
    "attack --targets": "farm,nonsense",
    "attack --model": "storybook-church",
    "compare --networks": f"{{classifier}}@{LAYER},{{classifier}}@nonsense",
    "compose --layer": "nonsense",
    "compose --segmenter": "nonsense",
    "counterfactual --layer": "nonsense",
    "counterfactual --dissection": "nonsense",
    "detector --concept": "nonsense",
    "erase --concept": "nonsense",
    "importance --classes": "farm,nonsense",
    "importance --dissection": "nonsense",
    "importance --layer": "nonsense",
    "importance --val": "nonsense",
    "insert --concept": "nonsense",
    "layers --dissections": "storybook-church,nonsense",
    "layers --layers": "layer3,nonsense",
    "rotation --layer": "nonsense",
    "texture --layers": f"{LAYER},nonsense",
    "texture --dissection": "nonsense",
    "training --start": "nonsense",
    "units --layer": "nonsense",
    "units --ablation": "nonsense",
}
#: Numbers that no experiment takes, of options that all have.
NUMBERS = {
    "--threads": ("-1", "3000000000", "1" + "0" * 30),
    "--workers": ("-1", "1000000000", "1" + "0" * 30),
    "--batch": ("0", "-1", "1000000000", "1" + "0" * 30),
    "--size": ("huge", "", "a\0b"),
    "--device": ("gpu", "", "meta"),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Whole files of all kinds."""
    return make_whole_files(tmp_path_factory.mktemp("whole"))


def words_with(name: str, option: str, value: str, files: dict[str, Path], new: Path) -> list[str]:
    """The command with its usual words, one of which has this value; without a dissection."""
    usual = OTHERS.get((f"experiment {name}", option), BASES[f"experiment {name}"]).split()
    for dropped in {option, "--dissection"} & set(usual):
        place = usual.index(dropped)
        del usual[place : place + 2]
    words = [word.format(new=new, **files) for word in usual]
    return ["experiment", name, *words, f"{option}={value.format(**files)}", "--progress", "json"]


def complaint(words: list[str], new: Path) -> str:
    """What is wrong with how a command refuses these words; empty if it does it well."""
    ran = CliRunner().invoke(app, words)
    if new.exists():
        return f"it leaves {[path.name for path in new.rglob('*')]}"
    if isinstance(ran.exception, SystemExit) and ran.exception.code == 2:
        return ""  # what is no number at all
    if not isinstance(ran.exception, DissectionError):
        return f"{ran.exception!r} {ran.output[-300:]}"
    said = str(ran.exception)
    if not said.isprintable() or said[-1:] not in ".!?":
        return repr(said)
    told: list[Any] = [read_line(line) for line in ran.stdout.splitlines()]
    return "" if told == [Failed(said)] else f"it worked first: {told}"


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_name_is_told_before_the_work(
    wrong: str, files: dict[str, Path], tmp_path: Path
) -> None:
    new = tmp_path / "new"
    assert complaint(words_with(*wrong.split(), WRONG[wrong], files, new), new) == ""


@pytest.mark.parametrize("name", [*experiments(), "all"])
def test_numbers_that_cannot_be_are_told_before_the_work(
    name: str, files: dict[str, Path], tmp_path: Path
) -> None:
    new = tmp_path / "new"
    for option, values in NUMBERS.items():
        for value in values:
            words = ["experiment", "all", "--only", "layers", "--out", str(new), "--progress=json"]
            if name != "all":
                words = words_with(name, option, value, files, new)
            elif option == "--workers":
                continue
            assert complaint([*words, f"{option}={value}"], new) == "", (option, value)


@pytest.mark.parametrize("name", experiments())
def test_a_setting_that_is_no_number_is_told(
    name: str, files: dict[str, Path], tmp_path: Path
) -> None:
    new = tmp_path / "new"
    for found in experiments()[name].settings.described():
        whole = ("-2", "", "1" + "0" * 30, str(2**31))
        values = whole if found.type is int else ("nan", "inf", "-1e300", "")
        for value in values if found.type in (int, float) else ():
            words = words_with(name, found.option, value, files, new)
            assert complaint(words, new) == "", (found.option, value)


@pytest.mark.parametrize("only", ["layers,nonsense", "nonsense,layers", "a\0b", "half \udc00"])
def test_of_all_experiments_the_names_are_looked_at_first(only: str, tmp_path: Path) -> None:
    new = tmp_path / "new"
    words = ["experiment", "all", "--out", str(new), f"--only={only}", "--progress", "json"]
    assert complaint(words, new) == ""


@pytest.mark.parametrize("place", ["{file}", "{file}/x", "a\0b", "half \udc00", "n" * 5000])
def test_of_all_experiments_the_place_is_looked_at_first(place: str, tmp_path: Path) -> None:
    file = tmp_path / "thesis.txt"
    file.write_text("mine")
    words = ["experiment", "all", "--only", "layers", f"--out={place.format(file=file)}"]
    assert complaint([*words, "--progress", "json"], tmp_path / "new") == ""
    assert file.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    "wrong", ["erase --latents", "insert --latents", "counterfactual --scenes"]
)
def test_more_than_there_can_be_is_told_and_takes_no_memory(
    wrong: str, files: dict[str, Path], tmp_path: Path
) -> None:
    new, most = tmp_path / "new", str(2**31 - 1)
    with patience():
        assert complaint(words_with(*wrong.split(), most, files, new), new) == ""
