"""Working folders that a kill has left in every state."""

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
import os, shutil, signal, sys
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
    shutil.rmtree = die
work.close(remove=True)
"""


def die_in(folder: Path, at: str) -> None:
    done = subprocess.run([sys.executable, "-c", DYING, str(folder), at], check=False)
    assert done.returncode == -signal.SIGKILL


@pytest.mark.parametrize("resume", [True, False])
def test_a_job_killed_before_its_settings_stand_starts(tmp_path: Path, resume: bool) -> None:
    folder = tmp_path / "work"
    die_in(folder, "settings")
    assert [path.name[:5] for path in folder.iterdir()] == [".tmp-"]
    work = Workspace(folder, SETTINGS, resume=resume)
    assert [path.name for path in folder.iterdir()] == ["settings.json"]
    assert work.done("sampling") == 0


def test_other_hidden_files_are_not_the_programs_own(tmp_path: Path) -> None:
    (tmp_path / ".tmp-notes").write_text("kept")
    with pytest.raises(StoreError, match="not empty"):
        Workspace(tmp_path, SETTINGS)
    assert (tmp_path / ".tmp-notes").read_text() == "kept"


def test_a_job_killed_while_space_is_reserved_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    die_in(folder, "array")
    assert "first.bin" not in {path.name for path in folder.iterdir()}
    work = Workspace(folder, SETTINGS, resume=True)
    assert [path.name for path in folder.iterdir()] == ["settings.json"]
    assert not work.holds("first")
    assert work.array("first", (3, 2), np.float32).tolist() == [[0, 0]] * 3


def test_a_job_killed_while_it_is_cleared_away_starts_over(tmp_path: Path) -> None:
    folder = tmp_path / "work"
    die_in(folder, "removal")
    # Whatever has gone already, nothing that is gone is taken for finished.
    assert [path.name for path in folder.iterdir()] == ["settings.json"]
    for resume in (True, False):
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
    assert {path.name for path in work.folder.iterdir()} == {"settings.json", "first.bin"}
