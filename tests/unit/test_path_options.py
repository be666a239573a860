"""Every option of every command that names a file is given what is no file: one sentence each.

The options are found by walking the command line, of the commands that have a row in ``BASES``.
"""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import torch
from PIL import Image
from typer.main import get_command
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import DissectionError
from dissection.experiments.registry import experiments
from dissection.models.generators.checkpoints import save_generator
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.models.segmenters.colors import BasicColors
from dissection.painting.project import PaintedScene, Project, write_project
from dissection.results.store import save_dissection
from dissection.runtime.files import file_digest
from support.study import LAYER, make_ablation, make_classifier, make_pictures
from support.synthetic import make_dissection

#: What names a file or a folder, whatever the type of the option.
NAMES = {
    *("--out", "--json", "--csv", "--html", "--movie", "--result", "--provisional", "--work"),
    *("--model", "--weights", "--images", "--labels", "--segmenter", "--dissection", "--project"),
    *("--train", "--val", "--classes-file", "--data", "--start", "--discriminator", "--cache"),
    *("--pieces", "--ablation", "--dissections", "--run", "--names", "--merge", "--networks"),
    *("folder", "model", "name", "pictures"),
}
#: Of experiments, ``--pictures`` names a folder; elsewhere it is a number.
_EXPERIMENTS_TOO = {"--pictures"}
#: Words before a name that say what is in the folder.
PREFIXES = {"--labels": ("maps:", "broden:")}
_GENERATOR = "--size 4 --effect-size 0 --strength-size 0 --relate-size 0 --segmenter colors"
_SMALL = "--model {model} --layer layer3 --segmenter colors"
#: For each command, words with which it does something small and well.
BASES = {
    "dissect": f"--layers layer3 --out {{new}} --model {{model}} {_GENERATOR} --progress none",
    "brushes": "{dissection}",
    "strengths": "{dissection} --model {model} --segmenter colors --size 4 --progress none",
    "pictures": "{dissection} --model {model} --segmenter colors --progress none",
    "relate": "{dissection} --model {model} --segmenter colors --size 8 --progress none",
    "summary": "{dissection}",
    "layers": "--model {model}",
    "units": "{dissection} --model {model} --concepts green --layers layer3 --out {new}.png",
    "export": "{dissection} --csv {new}",
    "render": "--model {model} --seeds 0 --out {new}.png",
    "gallery": "--model {model} --seeds 0-7 --count 2 --segmenter colors --out {new}.json",
    "paint": "--project {project} --dissection {dissection} --out {new}.png",
    "models": "storybook-church",
    "fetch": "",
    "compact": "{model} --out {new}.safetensors --progress none",
    "storybook": "--out {new} --count 1 --size 32",
    "train generator": (
        "--out {new} --size 16 --units 4,4 --discriminator-units 4,4 --images 8 --plan 4,4 "
        "--count 8 --batch 4 --cache {new}-cache --threads 1 --progress none"
    ),
    "train paint": "--cache {new} --size 16 --count 2 --progress none",
    "train join": "{new}",
    "train segmenter": (
        "--out {new} --size 32 --count 4 --steps 1 --batch 2 --cache {new}-cache --threads 1 "
        "--progress none"
    ),
    "check units": (
        "{dissection} --model {model} --segmenter colors --size 2 --units 2 --progress none"
    ),
    "check effect": (
        "{dissection} --model {model} --segmenter colors --size 2 --units 2 --progress none"
    ),
    "labels": "{labeled} --names {names} --out {new} --progress none",
    "ablate": (
        f"--model {{classifier}} --layer {LAYER} --train {{pictures}} --val {{pictures}} "
        "--out {new} --draws 1 --effect-size 0 --progress none"
    ),
    "train classifier": (
        "--out {new} --data {pictures} --size 32 --units 4,4,4,4,4 --dense 4 --steps 1 --batch 2 "
        "--held-out 3 --snapshots 1 --threads 1 --progress none"
    ),
    "evaluate segmenter": "--count 1 --size 64",
    "evaluate generator": "--model {model} --count 4 --size 16",
    "evaluate classifier": "--model {classifier} --data {pictures} --progress none",
    **{
        f"experiment {name}": f"{words} --out {{new}} --progress none"
        for name, words in {
            "attack": (
                "--model {classifier} --ablation {ablation} --pictures {pictures} --images 2 "
                "--targets farm --searches 5 --iterations 5 --first 100 --units 1 --examples 1"
            ),
            "compare": "--networks {dissection}",
            "compose": f"{_SMALL} --length 1 --units 1 --images 4",
            "counterfactual": f"--model {{classifier}} --layer {LAYER} --scenes 2",
            "detector": f"{_SMALL} --dissection {{dissection}} --concept green --latents 8",
            "erase": (
                f"{_SMALL} --dissection {{dissection}} --concept green --units 1 --latents 2 "
                "--scenes 1"
            ),
            "importance": (
                f"--model {{classifier}} --layer {LAYER} --train {{pictures}} --val {{pictures}} "
                "--classes farm --draws 1"
            ),
            "insert": (
                f"{_SMALL} --dissection {{dissection}} --concept green --units 1 --latents 1 "
                "--least-cells 1"
            ),
            "layers": "--dissections {dissection}",
            "rotation": f"{_SMALL} --rotations 1 --steps 1 --images 4",
            "texture": (
                f"--model {{classifier}} --layers {LAYER} --pictures {{pictures}} --images 4 "
                "--style patches"
            ),
            "training": f"--run {{snapshots}} --layer {LAYER} --images 2",
            "units": "--dissection {dissection} --units 1",
        }.items()
    },
}
#: Other words for some options, beside which the usual ones make no sense.
_CLASSIFIER = f"--layers {LAYER} --out {{new}} --size 4 --effect-size 0 --progress none"
OTHERS = {
    ("dissect", "--images"): f"--model {{classifier}} {_CLASSIFIER}",
    ("dissect", "--labels"): f"--model {{classifier}} {_CLASSIFIER}",
    ("dissect", "--weights"): (
        "--model support.small_classifiers:tiny_vgg --images {pictures} --layers features.relu2 "
        "--out {new} --size 4 --progress none"
    ),
    ("layers", "--weights"): "--model support.small_classifiers:tiny_vgg",
    ("ablate", "--weights"): BASES["ablate"].replace(
        f"{{classifier}} --layer {LAYER}",
        "support.small_classifiers:tiny_vgg --layer features.relu2",
    ),
    ("experiment compare", "--labels"): (
        f"--networks {{classifier}}@{LAYER} --images 2 --out {{new}} --progress none"
    ),
    **{
        (f"experiment {name}", "--labels"): BASES[f"experiment {name}"].replace(
            "{model} --layer layer3", f"{{classifier}} --layer {LAYER}"
        )
        for name in ("compose", "rotation")
    },
}
#: Looked at only when something else happens that these words do not bring about.
UNUSED: set[tuple[str, str]] = set()
#: What is right, and takes seconds.
MEASURED = {("evaluate segmenter", "--cache", "a folder")}
#: What is tried of the experiments, each of which has some five options that name files.
_FEW = ("half a character", "a path below a file", "a pipe")
_PATIENCE_SECONDS = 60


def every_command() -> Iterator[tuple[str, Any]]:
    """All that can be run, by its words."""

    def walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        if not hasattr(command, "list_commands"):
            yield " ".join(words), command
            return
        for name in command.list_commands(None):
            yield from walk(command.get_command(None, name), (*words, name))

    return walk(get_command(app), ())


def _names_a_file(parameter: Any) -> bool:
    return parameter.opts[0] in NAMES and not getattr(parameter, "is_flag", False)


def path_options(name: str, command: Any) -> list[str]:
    """Options and arguments of a command that name files."""
    experiment = experiments().get(name.removeprefix("experiment "))
    if experiment is None:
        return [p.opts[0] for p in command.params if _names_a_file(p)]
    texts = {s.option for s in experiment.settings.described() if s.type in (str, tuple)}
    return [*sorted(texts & (NAMES | _EXPERIMENTS_TOO)), "--out"]


@contextmanager
def patience() -> Iterator[None]:
    """An opened pipe waits for ever."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(_PATIENCE_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Whole files of all kinds."""
    folder = tmp_path_factory.mktemp("whole")
    made = {name: folder / name for name in ("pictures", "dissection", "ablation")}
    made["pictures"].mkdir()
    make_pictures(made["pictures"])
    made["classifier"] = folder / "classifier.safetensors"
    make_classifier(made["classifier"], made["pictures"])
    make_ablation(made["ablation"], made["classifier"], made["pictures"])
    made["model"] = folder / "model.safetensors"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        generator = ProgressiveGenerator((32, 32, 16), depth=24)
        save_generator(generator, made["model"], {})
    made["labeled"], made["snapshots"] = folder / "labeled", folder / "snapshots"
    made["labeled"].mkdir()
    made["snapshots"].mkdir()
    Image.new("RGB", (8, 8)).save(made["labeled"] / "1.jpg")
    Image.new("L", (8, 8), 1).save(made["labeled"] / "1.png")
    made["names"] = folder / "names.txt"
    made["names"].write_text("sky 1\n")
    shutil.copyfile(made["classifier"], made["snapshots"] / "000001.safetensors")
    shutil.copyfile(made["classifier"], made["snapshots"] / "000002.safetensors")
    digest = file_digest(made["model"])
    shapes = {"layer3": (32, 8, 8), "layer4": (32, 8, 8)}
    measured = make_dissection("model", digest, shapes, BasicColors().vocabulary)
    measured.provenance["sample"]["depth"] = 24
    save_dissection(measured, made["dissection"])
    made["project"] = folder / "project.ganpaint"
    scene = PaintedScene(str(made["model"]), digest, 0, None, ())
    write_project(made["project"], Project((scene,)))
    return made


@pytest.fixture
def bad(tmp_path: Path) -> dict[str, str]:
    """What a person may give in place of a file, by what it is."""
    pipe, locked = tmp_path / "pipe", tmp_path / "locked"
    os.mkfifo(pipe)
    locked.write_text("secret")
    locked.chmod(0)
    given = {
        "somebody's home": "~nobody-of-this-name/x",
        "a NUL": "a\0b",
        "half a character": "half \udc00 \ud800",
        "5,000 letters": "n" * 5000,
        "a path below a file": f"{locked}/x",
        "a pipe": str(pipe),
        "a device": "/dev/zero",
        "a folder": str(tmp_path),
    }
    if os.geteuid() != 0:  # root may read everything
        given["unreadable"] = str(locked)
    return given


def words_of(name: str, option: str, value: str, files: dict[str, Path], new: Path) -> list[str]:
    """The command with an option that has this value; what it needs else is whole."""
    usual = OTHERS.get((name, option), BASES[name])
    words = [word.format(new=new, **files) for word in usual.split()]
    if option.startswith("--"):
        if option in words:
            place = words.index(option)
            del words[place : place + 2]
        return [*name.split(), *words, option, value]
    if words and not words[0].startswith("--"):
        del words[0]
    return [*name.split(), value, *words]


def complaint(words: list[str]) -> str:
    """What is wrong with how a command took these words; empty if it is well."""
    with patience():
        ran = CliRunner().invoke(app, words)
    error = ran.exception
    if error is None:
        return "done, as if it were right"
    if isinstance(error, SystemExit):
        return "" if error.code == 2 else f"it ends with {error.code}: {ran.output[-300:]}"
    if not isinstance(error, DissectionError):
        return f"{type(error).__name__}: {error}"
    said = str(error)
    return "" if said.isprintable() and said[-1:] in ".!?" and len(said) < 12_000 else repr(said)


@pytest.mark.parametrize("name", BASES)
def test_what_is_no_file_is_told(
    name: str, files: dict[str, Path], bad: dict[str, str], tmp_path: Path
) -> None:
    command = dict(every_command())[name]
    found = {}
    for option in path_options(name, command):
        for number, (kind, value) in enumerate(bad.items()):
            if name.startswith("experiment ") and kind not in _FEW:
                continue  # there are many, and they read what they are given by the same readers
            if (name, option, kind) in MEASURED:
                continue
            for prefix in PREFIXES.get(option, ("",)):
                new = tmp_path / f"new-{option}-{number}"
                words = words_of(name, option, f"{prefix}{value}", files, new)
                said = complaint(words)
                if said.startswith("done") and (kind == "a folder" or (name, option) in UNUSED):
                    said = ""  # as a place for what is made a folder is right
                if said:
                    found[f"{option} {prefix}: {kind}"] = said
    assert found == {}, "\n".join(f"{key}: {said}" for key, said in found.items())


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("evaluate segmenter", "--model none --json"),
        ("evaluate generator", "--model none --json"),
        ("evaluate classifier", "--model none --json"),
        ("train generator", "--out {new} --data none --result"),
        ("train segmenter", "--out {new} --data none --result"),
        ("train classifier", "--out {new} --data none --result"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_the_work(
    name: str, words: str, tmp_path: Path
) -> None:
    place = tmp_path / "missing" / "figures"
    given = [*name.split(), *words.format(new=tmp_path / "new").split(), str(place)]
    ran = CliRunner().invoke(app, given)
    assert isinstance(ran.exception, DissectionError)
    assert str(place) in str(ran.exception)
