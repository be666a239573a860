import errno
import hashlib
import io
from pathlib import Path
from typing import BinaryIO

import pytest

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


def test_trouble_with_another_file_stays_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), replacing(tmp_path / "a.bin") as temporary:
        temporary.write_bytes((tmp_path / "absent.bin").read_bytes())
    assert list(tmp_path.iterdir()) == []


def test_the_digest_is_sha256(tmp_path: Path) -> None:
    data = bytes(range(256)) * 5000
    write_with(tmp_path / "a.bin", lambda stream: stream.write(io.BytesIO(data).getbuffer()))
    assert file_digest(tmp_path / "a.bin") == hashlib.sha256(data).hexdigest()
