"""The folder of a training: whose files are replaced in it, and what damaged ones say."""

import json
from pathlib import Path

import pytest
import torch

from dissection.errors import DissectionError, StoreError
from dissection.training.run_folder import RunFolder, require_run_folder

SETTINGS = {"data": "ours", "seed": 3}


@pytest.mark.parametrize("name", ["state.pt", "settings.json", "generator.safetensors", "thesis"])
def test_a_folder_of_other_files_is_refused_and_stays(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    for begin in (require_run_folder, lambda path: RunFolder(path, SETTINGS)):
        with pytest.raises(DissectionError, match=r"not empty|lacks"):
            begin(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "{}"


def test_files_of_others_beside_a_run_stay_and_clashes_are_refused(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()  # painted before the run began
    with RunFolder(tmp_path, SETTINGS) as folder:
        folder.save({"step": 1})
    (tmp_path / "notes.txt").write_text("mine")
    with RunFolder(tmp_path, SETTINGS) as folder:
        assert folder.load() == {"step": 1}
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_run_of_an_earlier_version_goes_on(tmp_path: Path) -> None:
    (tmp_path / "settings.json").write_text(json.dumps(SETTINGS))
    torch.save({"step": 7}, tmp_path / "state.pt")
    with RunFolder(tmp_path, SETTINGS) as folder:
        assert folder.load() == {"step": 7}
        folder.save({"step": 8})


def test_a_second_training_in_the_folder_says_so(tmp_path: Path) -> None:
    with RunFolder(tmp_path, SETTINGS), pytest.raises(StoreError, match="Another training works"):
        RunFolder(tmp_path, SETTINGS)
    with RunFolder(tmp_path, SETTINGS):
        pass


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (b"", "cannot be read"),
        (b"PK\x03\x04 cut", "cannot be read"),
        ({"weights": torch.zeros(2)}, "not of this run"),
        ([1, 2], "not of this run"),
    ],
)
def test_a_state_that_is_none_is_a_sentence(tmp_path: Path, state: object, said: str) -> None:
    with RunFolder(tmp_path, SETTINGS) as folder:
        if isinstance(state, bytes):
            (tmp_path / "state.pt").write_bytes(state)
        else:
            torch.save(state, tmp_path / "state.pt")
        network = torch.nn.Linear(2, 2)
        with pytest.raises(DissectionError, match=said):
            folder.resume(lambda found: network.load_state_dict(found["network"]) and None)
        assert (tmp_path / "state.pt").exists()
