"""What a kill leaves beside a file that a person named goes with the next writing; nothing else."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dissection.runtime.files import replacing, write_text
from dissection.runtime.unfinished import records_folder
from support.processes import child_environment

pytest.importorskip("fcntl")

_KILLED = """
import os, signal, sys
from dissection.runtime.files import replacing
with replacing(sys.argv[1]) as temporary:
    temporary.write_text("half of it")
    os.kill(os.getpid(), signal.SIGKILL)
"""
_WAITING = """
import sys
from dissection.runtime.files import replacing
with replacing(sys.argv[1]) as temporary:
    print("begun", flush=True)
    sys.stdin.read()
    temporary.write_text("whole")
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "work"
    made.mkdir()
    return made


def kill_in_the_midst(target: Path) -> Path:
    """Where a killed process left half a file."""
    before = set(target.parent.iterdir())
    done = subprocess.run([sys.executable, "-c", _KILLED, target], env=child_environment())
    assert done.returncode == -signal.SIGKILL
    (left,) = set(target.parent.iterdir()) - before
    return left


def records() -> list[Path]:
    found = records_folder()
    assert found is not None
    return sorted(found.glob("*")) if found.is_dir() else []


def test_what_a_kill_left_goes_with_the_next_writing(folder: Path) -> None:
    target = folder / "picture.png"
    write_text(target, "old")
    left = kill_in_the_midst(target)
    assert left.name.startswith(".tmp-")
    assert target.read_text() == "old"
    own = folder / ".tmp-0123456789ab.png"  # of somebody who calls files like that
    own.write_text("mine")
    write_text(target, "new")
    assert sorted(folder.iterdir()) == [own, target]
    assert records() == []


def test_it_goes_wherever_the_next_file_is_written(folder: Path, tmp_path: Path) -> None:
    left = kill_in_the_midst(folder / "movie.mp4")
    write_text(tmp_path / "other.txt", "")
    assert not left.exists()


def test_a_file_that_is_being_written_stays(folder: Path) -> None:
    target = folder / "a.txt"
    with subprocess.Popen(
        [sys.executable, "-c", _WAITING, target],
        env=child_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        with replacing(folder / "b.txt") as temporary:
            temporary.write_text("b")
            write_text(folder / "c.txt", "c")  # another one of this process
        process.communicate("")
    assert target.read_text() == "whole"
    assert (folder / "b.txt").read_text() == "b"
    assert records() == []


def test_a_record_of_what_is_not_a_temporary_file_removes_nothing(folder: Path) -> None:
    thesis = folder / "thesis.txt"
    thesis.write_text("years of work")
    write_text(folder / "a.txt", "")
    found = records_folder()
    assert found is not None
    link = folder / ".tmp-link"
    link.symlink_to(thesis)
    for number, path in enumerate((thesis, "thesis.txt", link, "")):
        (found / f"{number}.path").write_text(str(path))
    write_text(folder / "b.txt", "")
    assert thesis.read_text() == "years of work"
    assert link.is_symlink()


def test_a_disk_that_is_away_is_waited_for(folder: Path) -> None:
    left = kill_in_the_midst(folder / "a.txt")
    away = folder.with_name("away")
    folder.rename(away)
    write_text(away.parent / "b.txt", "")
    assert (away / left.name).exists()
    away.rename(folder)
    write_text(folder.parent / "b.txt", "")
    assert not left.exists()


def test_without_a_home_files_are_written_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: Path("~/.cache/GANPaint"))
    assert records_folder() is None
    write_text(folder / "a.txt", "whole")
    assert [path.name for path in folder.iterdir()] == ["a.txt"]
