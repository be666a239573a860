from pathlib import Path

import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.galleries import load_gallery
from dissection.errors import BadInputError
from dissection.models.generators.checkpoints import save_generator
from dissection.runtime.files import file_digest
from support.tiny import tiny_generator


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "little.safetensors"
    save_generator(tiny_generator((32, 32, 16, 8)), path)
    return path


def test_a_gallery_is_chosen_the_same_way_twice(model: Path, tmp_path: Path) -> None:
    made = []
    for name in ("one.json", "two.json"):
        out = tmp_path / name
        given = ["--count", "4", "--seeds", "0-29", "--device", "cpu", "--out", str(out)]
        ran = CliRunner().invoke(app, ["gallery", "--model", str(model), *given])
        assert ran.exit_code == 0, ran.output
        assert f"4 of 30 scenes of little in {out}" in ran.output
        made.append(out.read_bytes())
    assert made[0] == made[1]
    gallery = load_gallery(tmp_path / "one.json", file_digest(model))
    assert len(set(gallery.seeds)) == 4
    assert set(gallery.seeds) <= set(range(30))
    assert gallery.provenance["sample"]["size"] == 30


def test_it_says_what_is_missing(model: Path, tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["gallery", "--model", str(model)])
    assert isinstance(ran.exception, BadInputError)
    assert "--out" in str(ran.exception)
    given = ["--count", "9", "--seeds", "0-3", "--out", str(tmp_path / "g.json")]
    ran = CliRunner().invoke(app, ["gallery", "--model", str(model), *given])
    assert "cannot be chosen from 4 seeds" in str(ran.exception)
