"""Files that hold only what differs from a model, once that model was removed."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.models.generators.checkpoints import load_generator, save_generator
from dissection.models.generators.overlay import save_overlay
from dissection.models.zoo.dependents import left_without, told_left_without
from dissection.models.zoo.fetch import fetch
from dissection.models.zoo.manifest import Entry, find_entry, own_entries_file
from dissection.models.zoo.shelf import place_of, remove
from support.file_server import FileServer
from support.tiny import tiny_generator

OWN = """
[[collection]]
kind = "generator"
hosts = ["{host}"]
entries = [{{ name = "town", files = [{{ file = "town-v1.safetensors" }}] }}]
"""


@pytest.fixture
def town(server: FileServer, tmp_path: Path) -> Entry:
    """A fetched generator."""
    save_generator(tiny_generator(), tmp_path / "town.safetensors", {})
    server.files["/town-v1.safetensors"] = (tmp_path / "town.safetensors").read_bytes()
    own_entries_file().parent.mkdir(parents=True)
    own_entries_file().write_text(OWN.format(host=server.address))
    entry = find_entry("town")
    fetch(entry)
    return entry


@pytest.fixture
def tuned(town: Entry) -> Path:
    """What differs from it, beside it."""
    generator = load_generator("town")
    generator.state_dict()["layer8.conv.weight"].add_(0.1)
    path = place_of(town).parent / "town-tuned.safetensors"
    save_overlay(generator, load_generator("town"), path)
    return path


def test_whoever_removes_a_base_is_told_what_needs_it(town: Entry, tuned: Path) -> None:
    assert left_without(town) == [], "it is here"
    (tuned.parent / "noise.safetensors").write_bytes(b"not weights")
    shutil.copy(tuned, tuned.with_name("town-two.safetensors"))
    place = place_of(town)
    result = CliRunner().invoke(app, ["models", "town", "--remove"])
    assert result.exit_code == 0, result.output
    assert not place.exists()
    assert result.output.splitlines() == [
        f"deleted {place}",
        "town-tuned.safetensors, town-two.safetensors hold only what differs from town; fetch town "
        "again before they are used.",
    ]
    fetch(town)
    assert left_without(town) == []
    load_generator(tuned)


def test_nothing_is_said_where_nothing_needs_it(town: Entry, tuned: Path) -> None:
    tuned.unlink()
    remove(town)
    assert told_left_without(town) == ""


def test_another_copy_of_the_base_serves_as_well(
    town: Entry, tuned: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "bundled.safetensors"
    shutil.copy(place_of(town), copy)
    remove(town)
    assert told_left_without(town).startswith("town-tuned.safetensors holds only what differs")
    monkeypatch.setattr("dissection.models.weights.overlay.bundled_file", lambda _: copy)
    assert left_without(town) == []
