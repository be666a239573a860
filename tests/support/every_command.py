"""Every command of the command line, with words with which it does something small and well."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from PIL import Image
from typer.main import get_command
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import DissectionError
from dissection.models.generators.checkpoints import save_generator
from dissection.models.generators.progressive import ProgressiveGenerator
from dissection.painting.project import PaintedScene, Project, write_project
from dissection.runtime.files import file_digest
from dissection.training.pieces import write_pieces
from dissection.training.upscaler import Upscaler, save_upscaler
from support.study import LAYER, make_ablation, make_classifier, make_pictures

_PATIENCE_SECONDS = 60
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
    "export": "{dissection} --csv {new}.csv",
    "render": "--model {model} --seeds 0 --out {new}.png",
    "gallery": "--model {model} --seeds 0-7 --count 2 --segmenter colors --out {new}.json",
    "paint": (
        "--stroke green:draw:6,6,3 --model {model} --dissection {dissection} --out {new}.png "
        "--device cpu"
    ),
    "models": "storybook-church",
    "fetch": "",
    "compact": "{model} --out {new}.safetensors --progress none",
    "storybook": "--out {new} --count 1 --size 64",
    "train generator": (
        "--out {new} --size 64 --units 4,4,4,4,4 --plan 8,8,8,8,8 --batch 4,4,4,4,4 --count 8 "
        "--cache {new}-cache --threads 1 --progress none"
    ),
    "train details": (
        "storybook-church --out {new} --count 2 --steps 1 --batch 1 --cache {new}-cache "
        "--threads 1 --progress none"
    ),
    "train upscaler": (
        "--out {new} --size 64 --count 2 --steps 1 --batch 1 --cache {new}-cache --threads 1 "
        "--progress none"
    ),
    "train sharpness": (
        "{model} --upscaler {upscaler} --out {new} --steps 1 --batch 1 --kept 2 --threads 1 "
        "--progress none"
    ),
    "train paint": "--cache {new} --size 64 --count 2 --progress none",
    "train join": "{pieces} --out {new} --progress none",
    "train segmenter": (
        "--out {new} --size 64 --count 4 --steps 1 --batch 2 --cache {new}-cache --threads 1 "
        "--progress none"
    ),
    "check units": (
        "{dissection} --model {model} --segmenter colors --size 2 --units 2 --erase green "
        "--keep blue --insert red --home green --foreign blue --orders iou --progress none"
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
    "evaluate generator": "--model {model} --count 4 --size 64",
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
            "counterfactual": "--scenes 2 --least-pairs 2 --least-size 0",
            "detector": (f"{_SMALL} --dissection {{dissection}} --concept green --latents 8"),
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
            "training": "--run {snapshots} --layer layer3 --segmenter colors --images 4",
            "units": "--dissection {dissection} --model {model} --units 1",
        }.items()
    },
}
#: Other words for some options, beside which the usual ones make no sense.
_CLASSIFIER = f"--layers {LAYER} --out {{new}} --size 4 --effect-size 0 --progress none"
OTHERS = {
    ("export", "--model"): "{dissection} --html {new}.html",
    ("paint", "--project"): "--out {new}.png --device cpu",
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


def every_command() -> Iterator[tuple[str, Any]]:
    """All that can be run, by its words."""

    def walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        if not hasattr(command, "list_commands"):
            yield " ".join(words), command
            return
        for name in command.list_commands(None):
            yield from walk(command.get_command(None, name), (*words, name))

    return walk(get_command(app), ())


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


def make_whole_files(folder: Path) -> dict[str, Path]:
    """Whole files of all kinds, by what ``BASES`` calls them."""
    made = {name: folder / name for name in ("pictures", "dissection", "ablation")}
    made["pictures"].mkdir()
    make_pictures(made["pictures"])
    made["classifier"] = folder / "classifier.safetensors"
    make_classifier(made["classifier"], made["pictures"])
    make_ablation(made["ablation"], made["classifier"], made["pictures"])
    made["model"] = folder / "model.safetensors"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        generator = ProgressiveGenerator((32, 32, 16, 8, 4), depth=24)
        save_generator(generator, made["model"], {})
    made["upscaler"] = folder / "upscaler.safetensors"
    save_upscaler(Upscaler((4, 4, 4, 4)), made["upscaler"], {})
    made["labeled"], made["snapshots"] = folder / "labeled", folder / "snapshots"
    made["labeled"].mkdir()
    made["snapshots"].mkdir()
    Image.new("RGB", (8, 8)).save(made["labeled"] / "1.jpg")
    Image.new("L", (8, 8), 1).save(made["labeled"] / "1.png")
    made["names"] = folder / "names.txt"
    made["names"].write_text("sky 1\n")
    shutil.copyfile(made["model"], made["snapshots"] / "000001.safetensors")
    shutil.copyfile(made["model"], made["snapshots"] / "000002.safetensors")
    made["pieces"] = folder / "pieces"
    write_pieces(made["model"], made["pieces"], 1, piece_bytes=1 << 16)
    digest = file_digest(made["model"])
    words = f"dissect --layers layer3,layer4 --model {made['model']} --out {made['dissection']}"
    CliRunner().invoke(app, [*words.split(), *_GENERATOR.split()], catch_exceptions=False)
    made["project"] = folder / "project.ganpaint"
    scene = PaintedScene(str(made["model"]), digest, 0, None, ())
    write_project(made["project"], Project((scene,)))
    return made


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
