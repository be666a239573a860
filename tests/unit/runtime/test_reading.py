"""What has a name and is no ordinary file below the limit."""

import os
import socket
from pathlib import Path

import pytest

from dissection.runtime.reading import parse_json, read_object, read_ordinary, require_ordinary


def test_an_ordinary_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "link").symlink_to(tmp_path / "a")
    assert read_ordinary(tmp_path / "link", 3) == b"abc"
    assert require_ordinary(tmp_path / "a", 3) == 3


def test_a_file_above_the_limit_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(5 << 40)  # takes no space
    with pytest.raises(OSError, match="it has 5120 GiB, and 1 MiB are the most"):
        read_ordinary(tmp_path / "a", 1 << 20)


def test_pipes_devices_folders_and_sockets_are_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # names of sockets are short
    os.mkfifo("pipe")
    listening = socket.socket(socket.AF_UNIX)
    listening.bind("socket")
    for path in ("pipe", "socket", "/dev/zero", "/dev/tty", "/dev/stdin", "."):
        with pytest.raises(OSError, match=r"ordinary file|directory|No such"):
            read_ordinary(path, 100)
    listening.close()


@pytest.mark.parametrize("name", ["a\0b", "\ud800", "n" * 5000])
def test_names_that_no_file_can_have_are_errors_of_the_system(name: str) -> None:
    with pytest.raises(OSError, match="name"):
        read_ordinary(name, 100)


@pytest.mark.parametrize("text", [b"[" * 100_000, b"\xff", b"9" * 5000, b"{", b""])
def test_what_is_no_json_is_one_kind_of_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)


def test_an_object_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("[1]")
    with pytest.raises(ValueError, match="no JSON object"):
        read_object(tmp_path / "a", 100)
