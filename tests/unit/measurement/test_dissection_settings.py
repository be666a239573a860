"""Settings of a dissection: to and from JSON and the command line, and checked in one place."""

import inspect
import json
import shlex
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.commands import dissect as command
from dissection.errors import BadInputError, DissectionError
from dissection.measurement.settings import (
    Backend,
    Channels,
    DissectionSettings,
    MeasuringOptions,
    Precision,
    measuring,
)

CHANGED = DissectionSettings(
    layers=("layer3", "layer4"),
    model="a model.pth",
    weights="weights.pth",
    labels="maps:some folder",
    ignore=-1,
    size=7,
    seed=2,
    crop=64,
    normalize=False,
    quantile=0.9,
    grid=16,
    centers="even",
    channels="last",
    effect_size=0,
    strength_size=3,
    exemplars=2,
    pictures=("layer4",),
    batch=3,
    device="cpu",
    dtype="bfloat16",
    precision="float32",
    memory=2**29,
    workers=1,
    threads=2,
    backend="gloo",
)


def test_json_gives_the_same_settings_again() -> None:
    assert DissectionSettings.from_json(CHANGED.to_json()) == CHANGED
    assert DissectionSettings.from_json({"layers": ["layer1"]}).size == 1000


def test_the_command_line_is_given_the_same_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[DissectionSettings] = []

    def take(settings: DissectionSettings, *_: object) -> None:
        seen.append(settings)

    monkeypatch.setattr(command, "run_dissection", take)
    for settings in (CHANGED, DissectionSettings(layers=("layer4",), images="a b", fit="cover")):
        words = shlex.split(settings.command_line("out folder"))
        assert words[:2] == ["dissection", "dissect"]
        done = CliRunner().invoke(app, [*words[1:], "--progress", "none"])
        assert done.exit_code == 0, done.output
        assert seen.pop() == settings


def test_the_command_has_an_option_for_every_field_with_its_default() -> None:
    options = inspect.signature(command.command).parameters
    for field in fields(DissectionSettings):
        assert field.name in options
        default = options[field.name].default
        if field.name in ("layers", "pictures", "grid", "memory"):
            continue  # texts with commas, 0 for the published grid, and GB
        assert default == field.default, field.name


def test_options_of_a_library_call_are_fields() -> None:
    names = {field.name for field in fields(DissectionSettings)}
    assert set(MeasuringOptions.__annotations__) <= names
    chosen = measuring(["layer1"], {"quantile": 0.5, "pictures": ["layer1"]})
    assert (chosen.quantile, chosen.pictures, chosen.effect_size) == (0.5, ("layer1",), 0)
    assert measuring(chosen, {"grid": 8}) == replace(chosen, grid=8)
    with pytest.raises(TypeError, match="'batches'"):
        measuring(["layer1"], {"batches": 3})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"layers": ()}, "at least one layer"),
        ({"layers": ("a", "a")}, "each once"),
        ({"model": ""}, "Name the network"),
        ({"size": 0}, "--size 0"),
        ({"grid": 100_000}, "--grid 100000 is finer than any picture; take at most 4096"),
        ({"quantile": 1.0}, "between 0 and 1, not 1"),
        ({"quantile": float("nan")}, "between 0 and 1, not nan"),
        ({"workers": -1}, "--workers -1"),
        ({"dtype": "int8"}, "float32, bfloat16, float16, not int8"),
        ({"centers": "odd"}, "The centers are auto, even, receptive, not odd"),
        ({"fit": "stretch"}, "squeeze, cover"),
        ({"memory": -(2**30)}, "--memory -1"),
        ({"memory": float("nan")}, "memory is a whole number, not nan"),
        ({"size": float("nan")}, "size is a whole number, not nan"),
        ({"batch": "4"}, "batch is a whole number, not '4'"),
        ({"exemplars": 2.0}, "exemplars is a whole number, not 2.0"),
        ({"quantile": "0.99"}, "quantile is a number, not '0.99'"),
        ({"layers": "layer4"}, "layers is a list of texts, not 'layer4'"),
        ({"layers": (1,)}, "layers is a list of texts"),
        ({"interpolation": "foo"}, "no interpolation 'foo'; choose bilinear"),
        ({"mean": "nan,inf,0"}, "'nan,inf,0' is not of pictures of 0 to 1"),
        ({"mean": "123.68,116.78,103.94"}, "divide what is of 0 to 255 by 255"),
        ({"std": "0,0.5,0.5"}, "above 0"),
        ({"pictures": ("layer9",)}, "layer9"),
        ({"split": "train"}, "--split goes with --labels"),
        ({"labels": "maps:x", "images": "y"}, "brings its own pictures"),
        ({"labels": "broden"}, "needs a folder"),
        ({"labels": "tea:x"}, "There are no labels 'tea:x'"),
    ],
)
def test_what_cannot_be_is_told(change: dict[str, Any], said: str) -> None:
    with pytest.raises(DissectionError, match=said):
        replace(DissectionSettings(layers=("layer1",)), **change)


def test_what_means_a_plain_value_becomes_one() -> None:
    given: dict[str, Any] = {
        "layers": ["layer1"],
        "size": np.int64(5),
        "quantile": np.float32(0.5),
        "images": Path("photos"),
    }
    settings = DissectionSettings(**given)
    assert settings == DissectionSettings(layers=("layer1",), size=5, quantile=0.5, images="photos")
    assert json.loads(json.dumps(settings.to_json())) == settings.to_json()


@pytest.mark.parametrize("layers", ["layer4", 3, [1]])
def test_layers_of_a_library_call_are_a_list_of_names(layers: Any) -> None:
    with pytest.raises(BadInputError, match="layers is a list of texts"):
        measuring(layers, {})
    with pytest.raises(BadInputError, match="pictures is a list of texts"):
        measuring(["layer4"], {"pictures": "layer4"})


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ([], "no object"),
        ({}, "do not say 'layers'"),
        ({"layers": ["a"], "sise": 3}, "'sise'"),
        ({"layers": "layer1"}, "layers is a list of texts"),
        ({"layers": ["a"], "size": 2.5}, "size is a whole number, not 2.5"),
        ({"layers": ["a"], "size": True}, "size is a whole number, not True"),
        ({"layers": ["a"], "weights": 3}, "weights is a text or null"),
        ({"layers": ["a"], "size": 0}, "--size 0"),
    ],
)
def test_json_that_says_something_else_is_told(told: object, said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        DissectionSettings.from_json(told)


def test_words_are_those_of_what_uses_them() -> None:
    from dissection.measurement.layer_readings import CHANNELS
    from dissection.models.generators.precision import PRECISIONS
    from dissection.runtime.distributed import BACKENDS

    assert get_args(Precision) == tuple(PRECISIONS)
    assert get_args(Channels) == tuple(CHANNELS)
    assert get_args(Backend) == BACKENDS


def test_options_have_their_old_names_still(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[DissectionSettings] = []
    monkeypatch.setattr(command, "run_dissection", lambda settings, *_: seen.append(settings))
    words = ["dissect", "--layers", "a", "--out", "x", "--centres=even", "--no-normalise"]
    assert CliRunner().invoke(app, [*words, "--progress", "none"]).exit_code == 0
    assert (seen[0].centers, seen[0].normalize) == ("even", False)
    assert "centres" not in CliRunner().invoke(app, ["dissect", "--help"]).output
