"""A fetched name where commands take one: a generator, a segmenter, labels."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.models.classifiers.load import load_network
from dissection.models.segmenters.load import load_segmenter
from dissection.models.zoo.manifest import own_entries_file
from dissection.runtime.progress import Failed, Finished, read_line
from dissection.runtime.resources import resource
from support.file_server import FileServer

OWN = """
[[collection]]
kind = "generator"
hosts = ["{host}"]
entries = [{{ name = "town", files = [{{ file = "town-v1.safetensors", sha256_prefix = "{prefix}" }}] }}]
[[collection]]
kind = "segmenter"
hosts = ["{host}"]
entries = [{{ name = "eyes", files = [{{ file = "eyes-v1.safetensors" }}] }}]
"""  # noqa: E501


@pytest.fixture(autouse=True)
def served(server: FileServer) -> FileServer:
    for name, file in (("town", "storybook-church"), ("eyes", "storybook")):
        data = resource(f"models/{file}.safetensors").read_bytes()
        server.files[f"/{name}-v1.safetensors"] = data
    own_entries_file().parent.mkdir(parents=True)
    own_entries_file().write_text(OWN.format(host=server.address, prefix="00000000"))
    return server


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    said = str(result.exception) if result.exception else ""
    return result.exit_code, result.output + said


def test_fetched_names_are_used() -> None:
    assert "available" in run("models", "town")[1]
    code, said = run("fetch", "town", "--progress", "json")
    assert code
    assert any(isinstance(read_line(line), Failed) for line in said.splitlines())
    assert "--accept" in said
    code, said = run("fetch", "town", "--progress", "json", "--accept")
    assert code == 0
    end = read_line(said.splitlines()[-1])
    assert isinstance(end, Finished)
    assert (Path(end.result["folder"]) / "town.safetensors").is_file()
    assert load_network("town").takes == "latents"
    assert run("fetch", "eyes")[0] == 0
    assert load_segmenter("eyes+colors").vocabulary.categories[-1] == "color"
    assert "fetched" in run("models", "eyes")[1]
    assert "as it was fetched" in run("models", "eyes", "--verify")[1]
    assert "deleted" in run("models", "eyes", "--remove")[1]
    assert "available" in run("models", "eyes")[1]


def test_the_list_and_what_is_wrong_with_a_question() -> None:
    code, said = run("models", "--kind", "segmenter")
    assert code == 0
    assert [line.split()[0] for line in said.splitlines()][-1] == "eyes"
    assert "proggan" not in said
    for words in (("--kind", "cat"), ("--verify",), ("nothing",)):
        assert run("models", *words)[0] != 0


def test_a_data_folder_that_was_moved_away_is_no_trouble(home: Path) -> None:
    assert run("fetch", "eyes")[0] == 0
    shutil.rmtree(home / "data")
    assert "available" in run("models", "eyes")[1]
