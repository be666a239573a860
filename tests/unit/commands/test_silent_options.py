"""What is asked for and cannot be done is told, before anything is read or measured."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.commands.options import names_of
from dissection.errors import BadInputError
from dissection.models.generators.precision import choose_device
from dissection.results.store import load_dissection
from dissection.runtime.resources import resource


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("strengths {there} --batch 0", "--batch 0 is too little"),
        ("strengths {there} --batch -3", "--batch -3 is too little"),
        ("relate {there} --batch -1", "--batch -1 is too little"),
        ("check units {there} --batch -1", "--batch -1 is too little"),
        ("check effect {there} --batch 0 --units 1", "--batch 0 is too little"),
        ("check effect {there} --size 0 --units 1", "at least 1 latent, not --size 0"),
        ("check effect {there} --units -1", "--units -1 is below 0"),
        ("strengths {there} --size 100001", "--size 100001 is too much; take at most 100000"),
        ("strengths {there} --choose 100001", "--choose 100001 is too much"),
        ("strengths {there} --layers ,", "',' names nothing"),
        ("strengths {there} --layers layer4,layer4", "names layer4 more than once"),
        ("check effect {there} --layers layer4,layer4", "names layer4 more than once"),
        ("export {there} --csv {new}.csv --layers layer4,layer4", "names layer4 more than once"),
        ("units {there} --concepts tree --layers , --out {new}.png", "',' names nothing"),
        ("paint --stroke tree:draw:9,9,9 --fps 5 --side 64 --out {new}.png", "goes with --movie"),
        ("paint --stroke tree:draw:9,9,9 --hold 2 --out {new}.png", "goes with --movie"),
        ("paint --stroke tree:draw:9,9,9 --before-after --movie {new}.gif", "is of a picture"),
        ("export {there} --csv {new}.csv --model storybook-church", "name it with --html"),
        (
            "compact storybook-church-sharp --base storybook-church-256 --sample 9 "
            "--out {new}.safetensors",
            "--base rounds nothing",
        ),
        ("fetch vgg16-places365 --timeout inf", "--timeout is from 1 to 3600 seconds, not inf"),
        ("fetch vgg16-places365 --timeout nan", "--timeout is from 1 to 3600 seconds, not nan"),
        ("render --device cpu:9 --out {new}.png", "no device 'cpu:9' here"),
    ],
)
def test_it_is_refused(words: str, said: str, tmp_path: Path) -> None:
    there, new = resource("dissections/storybook-church"), tmp_path / "new"
    given = words.format(there=there, new=new).split()
    ran = CliRunner().invoke(app, [*given, "--progress", "none"])
    assert isinstance(ran.exception, BadInputError), ran.output
    assert said in str(ran.exception)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["--count", "9" * 20], ["--seed", "9" * 20]])
def test_more_scenes_than_a_disk_holds_are_refused(words: list[str], tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["storybook", "--out", str(tmp_path / "new"), *words])
    assert ran.exit_code == 2
    assert not (tmp_path / "new").exists()


def test_names_are_read_once_for_all_commands() -> None:
    assert names_of("") == names_of(" ") == []
    assert names_of(" layer4, layer5 ,") == ["layer4", "layer5"]
    for text in (",", " , ,"):
        with pytest.raises(BadInputError, match="names nothing"):
            names_of(text)
    with pytest.raises(BadInputError, match="layer4 more than once"):
        names_of("layer4,layer5,layer4")


def test_a_brush_takes_units_of_a_layer_once() -> None:
    stored = load_dissection(resource("dissections/storybook-church"))
    with pytest.raises(BadInputError, match=r"'layer4\+layer4' name layer4 more than once"):
        stored.brushes(layer="layer4+layer4")


def test_a_cpu_has_no_numbers_beyond_0() -> None:
    assert choose_device("cpu").type == choose_device("cpu:0").type == "cpu"
    with pytest.raises(BadInputError, match="cpu:1"):
        choose_device("cpu:1")
