"""Working folders that a kill has left in every state."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from dissection.errors import StoreError
from dissection.runtime.workspace import Workspace

SETTINGS = {"batch": 4}
#: Opens a working folder and dies at the call that is named, as by kill -9.
DYING = """
import os, signal, sys
from pathlib import Path
from dissection.runtime.workspace import Workspace

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

def half(descriptor, start, size):
    os.ftruncate(descriptor, size // 2)
    die()

folder, at = sys.argv[1:]
if at == "settings":
    os.fsync = die
elif at == "array":
    os.posix_fallocate = half
work = Workspace(Path(folder), {"batch": 4})
work.array("first", (3, 2), "float32")[:] = 1
work.mark("sampling", 3)
if at == "removal":
    unlink = Path.unlink
    def die_at_settings(path, missing_ok=False):
        die() if path.name == "settings.json" else unlink(path, missing_ok)
    Path.unlink = die_at_settings
if at == "none":
    die()
work.close(remove=True)
"""


def die_in(folder: Path, at: str) -> None:
    done = subprocess.run([sys.executable, "-c", DYING, str(folder), at], check=False)
    assert done.returncode == -signal.SIGKILL


#: What the program lays beside its files.
OWN = {"made-by-dissection.json", "made-by-dissection.lock"}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - OWN


@pytest.mark.parametrize("resume", [True, False])
def test_a_job_killed_before_its_settings_stand_starts(tmp_path: Path, resume: bool) -> None:
    folder = tmp_path / "work"
    die_in(folder, "settings")
    assert names(folder) == {"made-by-dissection.json.part"}
    work = Workspace(folder, SETTINGS, resume=resume)
    assert names(folder) == {"settings.json"}
    assert work.done("sampling") == 0


@pytest.mark.parametrize("name", [".tmp-notes", "settings.json", "thesis.txt", "first.bin"])
@pytest.mark.parametrize("resume", [True, False])
def test_a_folder_of_other_files_is_refused_and_stays(
    tmp_path: Path, name: str, resume: bool
) -> None:
    (tmp_path / name).write_text('{"tool": "another"}')
    with pytest.raises(StoreError, match="not empty"):
        Workspace(tmp_path, SETTINGS, resume)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == '{"tool": "another"}'


def test_files_of_others_in_a_working_folder_stay(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    die_in(folder, "none")
    (folder / "thesis.txt").write_text("mine")
    (folder / "process-notes").mkdir()
    (folder / "process-notes" / "settings.json").write_text("{}")
    work = Workspace(folder, SETTINGS)
    assert names(folder) == {"settings.json", "thesis.txt", "process-notes"}
    work.close(remove=True)
    assert {path.name for path in folder.iterdir()} == {"thesis.txt", "process-notes"}
    assert (folder / "process-notes" / "settings.json").exists()


def test_a_name_that_another_file_has_is_refused(tmp_path: Path) -> None:
    work = Workspace(tmp_path / "work", SETTINGS)
    (work.folder / "first.bin").write_bytes(bytes(24))
    with pytest.raises(StoreError, match=r"first\.bin is there and was not made by this program"):
        work.array("first", (3, 2), np.float32)
    (work.folder / "counts.safetensors").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="not made by this program"):
        work.save("counts", {"a": np.zeros(2)})
    assert not (tmp_path / "elsewhere").exists()


def test_a_job_of_an_earlier_version_goes_on_or_starts_anew(tmp_path: Path) -> None:
    settings = {"network": "5e" * 32, "batch": 4}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    (tmp_path / "progress.json").write_text('{"sampling": 2}')
    np.ones((3, 2), np.float32).tofile(tmp_path / "first.bin")
    work = Workspace(tmp_path, settings, resume=True)
    assert work.done("sampling") == 2
    assert work.array("first", (3, 2), np.float32).sum() == 6
    work.close(remove=False)
    work = Workspace(tmp_path, settings)
    assert work.done("sampling") == 0
    assert names(tmp_path) == {"settings.json"}


def test_what_an_earlier_version_does_not_name_is_not_taken(tmp_path: Path) -> None:
    settings = {"network": "5e" * 32}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    (tmp_path / "first.bin").write_text("mine")
    work = Workspace(tmp_path, settings)
    with pytest.raises(StoreError, match="not made by this program"):
        work.array("first", (1,), np.float32)
    assert (tmp_path / "first.bin").read_text() == "mine"


def test_two_jobs_do_not_share_a_folder(tmp_path: Path) -> None:
    work = Workspace(tmp_path / "work", SETTINGS)
    with pytest.raises(StoreError, match="Another job works in"):
        Workspace(tmp_path / "work", SETTINGS, resume=True)
    work.mark("sampling", 3)
    work.close(remove=False)
    assert Workspace(tmp_path / "work", SETTINGS, resume=True).done("sampling") == 3


def test_a_job_killed_while_space_is_reserved_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    die_in(folder, "array")
    assert "first.bin" not in names(folder)
    work = Workspace(folder, SETTINGS, resume=True)
    assert names(folder) == {"settings.json"}
    assert not work.holds("first")
    assert work.array("first", (3, 2), np.float32).tolist() == [[0, 0]] * 3


@pytest.mark.parametrize("resume", [True, False])
def test_a_job_killed_while_it_is_cleared_away_starts_over(tmp_path: Path, resume: bool) -> None:
    folder = tmp_path / "work"
    die_in(folder, "removal")
    # Whatever has gone already, nothing that is gone is taken for finished.
    assert names(folder) == {"settings.json"}
    work = Workspace(folder, SETTINGS, resume=resume)
    assert work.done("sampling") == 0
    assert not work.holds("first")


def test_a_finished_job_leaves_nothing(tmp_path: Path) -> None:
    work = Workspace(tmp_path / "work", SETTINGS)
    work.array("first", (3, 2), np.float32)
    inner = Workspace(tmp_path / "work" / "process-1", SETTINGS)
    inner.mark("sampling", 1)
    work.close(remove=True)
    assert list(tmp_path.iterdir()) == []


def test_no_map_is_taken_in_another_size(tmp_path: Path) -> None:
    work = Workspace(tmp_path / "work", SETTINGS)
    work.array("first", (3, 2), np.float32)
    with pytest.raises(StoreError, match="wrong size"):
        work.array("first", (3, 3), np.float32)
    assert names(work.folder) == {"settings.json", "first.bin"}
