import errno
import hashlib
import io
import resource
import signal
import stat
from pathlib import Path
from typing import BinaryIO

import pytest
import torch

from dissection.errors import DissectionError
from dissection.runtime.files import file_digest, replacing, write_bytes, write_text, write_with


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    write_text(target, "old")
    write_text(target, "new, with ü\n")
    assert target.read_bytes() == "new, with ü\n".encode()
    assert list(tmp_path.iterdir()) == [target]


def test_a_failing_writer_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    write_bytes(target, b"old")

    def fail(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise KeyError("a bug")

    with pytest.raises(KeyError):
        write_with(target, fail)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_full_disk_is_told_in_a_sentence(tmp_path: Path) -> None:
    def fill(stream: BinaryIO) -> None:
        stream.write(b"some")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(DissectionError, match=r"a\.bin: the disk is full; free some space"):
        write_with(tmp_path / "a.bin", fill)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DissectionError, match=r"there is no folder .*absent; make it first"):
        write_bytes(tmp_path / "absent" / "a.bin", b"")


def test_only_ordinary_files_are_replaced(tmp_path: Path) -> None:
    with pytest.raises(DissectionError, match="is no ordinary file"):
        write_bytes(tmp_path, b"")


def test_a_link_is_written_through(tmp_path: Path) -> None:
    target, link = tmp_path / "a.txt", tmp_path / "link.txt"
    target.write_text("old")
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_file_saved_over_keeps_its_permissions(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    target.write_text("old")
    target.chmod(0o640)
    write_text(target, "new")
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    "name",
    ["~nobody-of-this-name/a.txt", "a\0b", "half \udc00 \ud800", "n" * 5000, "d/" * 3000 + "a"],
)
def test_names_that_no_file_can_have_are_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DissectionError) as told:
        write_bytes(name, b"")
    assert str(told.value).isprintable()
    assert len(str(told.value)) < 800
    with pytest.raises(DissectionError):
        write_bytes(tmp_path / name.removeprefix("~") / "x" / ("n" * 400), b"")


def test_a_path_below_a_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(DissectionError, match=r"Cannot write .*a/b\.txt: not a directory"):
        write_text(tmp_path / "a" / "b.txt", "")


def test_what_the_disk_said_is_told_and_not_what_torch_makes_of_it(tmp_path: Path) -> None:
    with pytest.raises(DissectionError, match="the disk is full"):
        write_with(tmp_path / "a.pt", save_onto_a_full_disk)
    assert list(tmp_path.iterdir()) == []


def save_onto_a_full_disk(stream: BinaryIO) -> None:
    """Save with torch where the system takes no more than the first 100 kB of a file."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        torch.save({"a": torch.zeros(300_000)}, stream)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_trouble_with_another_file_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "a.bin") as temporary:
        temporary.write_bytes((tmp_path / "absent.bin").read_bytes())
    assert list(tmp_path.iterdir()) == []


def test_the_digest_is_sha256(tmp_path: Path) -> None:
    data = bytes(range(256)) * 5000
    write_with(tmp_path / "a.bin", lambda stream: stream.write(io.BytesIO(data).getbuffer()))
    assert file_digest(tmp_path / "a.bin") == hashlib.sha256(data).hexdigest()
