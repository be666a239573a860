"""Real files of every format that the product reads, damaged in every way, and opened.

A format makes a small folder of real files, names those that are damaged, and opens them as the
product does. Damage is of three kinds: bytes (flipped, cut, doubled, put in), words (numbers and
texts of a JSON or CSV text replaced by nasty ones), and both. Checksums that a format carries are
made to fit again where that can be done, so that the damage gets behind them.
"""

import random
import re
import shutil
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st

from dissection.errors import DissectionError

NASTY = (
    *(b"-1", b"0", b"1e999", b"-1e300", b"NaN", b"Infinity", b"1.5", b"99999999999", b"4097"),
    *(b"null", b"true", b"[]", b"{}", b'""', b'"\\ud800"', b'"\\u0000"', b'"../../x"', b'"-"'),
    *(
        b"9" * 5000,
        b"[" * 2000,
        "²".encode(),
        b"\xff",
        b"\0",
        b'"' + b"n" * 5000 + b'"',
        b";",
        b",",
    ),
)
_WORD = re.compile(rb'-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|"(?:[^"\\]|\\.)*"|null|true|false')
#: More of a sentence nobody reads.
_LONGEST = 1500


@dataclass(frozen=True)
class Format:
    """A kind of file.

    Attributes:
        name: what it is.
        make: puts a small real one, with what it needs, into an empty folder.
        files: those of the folder that are damaged, as globs.
        open: opens the folder's file as the product does, and uses it.
        seal: makes checksums fit after the damage, where the format has some.
    """

    name: str
    make: Callable[[Path], object]
    files: tuple[str, ...]
    open: Callable[[Path], object]
    seal: Callable[[Path, bytes], bytes] = field(default=lambda _path, data: data)


def damages() -> st.SearchStrategy[tuple[int, int]]:
    """What to do to a file: how often, and the seed of what."""
    return st.tuples(st.integers(1, 4), st.integers(0, 2**32 - 1))


def damaged(data: bytes, times: int, rng: random.Random) -> bytes:
    """Bytes with so many faults in them."""
    for _ in range(times):
        data = rng.choice(_WAYS)(data, rng)
    return data


def try_one(kind: Format, template: Path, folder: Path, times: int, seed: int) -> str:
    """Damage a copy of a format's files, open it, and return what was said; empty if it opened.

    Raises:
        AssertionError: anything but one sentence came of it.
    """
    rng = random.Random(seed)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(template, folder)
    targets = sorted(path for pattern in kind.files for path in folder.glob(pattern))
    target = rng.choice(targets)
    whole = target.read_bytes()
    data = damaged(whole, times, rng)
    target.write_bytes(kind.seal(target, data))
    what = f"{kind.name}, {target.name}, {times} faults, seed {seed}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            kind.open(folder)
    except DissectionError as error:
        said = str(error)
        assert said.strip() == said, f"{what}: {said!r}"
        assert said[-1] in ".!?", f"{what}: {said!r}"
        assert said.isprintable(), f"{what}: {said!r}"
        assert len(said) < _LONGEST, f"{what}: {said!r}"
        return said
    except Exception as error:
        raise AssertionError(f"{what}: {type(error).__name__}: {error}") from error
    return ""


def seal_lines(_path: Path, data: bytes) -> bytes:
    """Lines that begin with the CRC-32 of the rest."""
    lines = []
    for line in data.split(b"\n"):
        check, space, text = line.partition(b" ")
        whole = len(check) == 8 and space
        lines.append(b"%08x %s" % (zlib.crc32(text), text) if whole else line)
    return b"\n".join(lines)


def seal_header(_path: Path, data: bytes) -> bytes:
    """The length of a safetensors header, where there still is one."""
    end = data.find(b"}}", 8)
    if data[8:9] != b"{" or end < 0:
        return data
    while data[end + 2 : end + 3] == b" ":
        end += 1
    return (end + 2 - 8).to_bytes(8, "little") + data[8:]


def seal_png(_path: Path, data: bytes) -> bytes:
    """The checksums of a PNG's parts."""
    made, place = data[:8], 8
    while place + 12 <= len(data):
        size = int.from_bytes(data[place : place + 4], "big")
        part = data[place + 4 : place + 8 + size]
        if len(part) != 4 + size:
            break
        made += data[place : place + 4] + part + zlib.crc32(part).to_bytes(4, "big")
        place += 12 + size
    return made + data[place:]


def _flip(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(max(len(data), 1))
    return (
        data[:place]
        + bytes(b ^ 1 << rng.randrange(8) for b in data[place : place + 1])
        + (data[place + 1 :])
    )


def _overwrite(data: bytes, rng: random.Random) -> bytes:
    place, count = rng.randrange(max(len(data), 1)), rng.choice((1, 2, 4, 8))
    byte = rng.choice((b"\0", b"\xff", b"\x7f", b"\x80", b"{", b"0", b"\n"))
    return data[:place] + byte * count + data[place + count :]


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _leave_out(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(max(len(data), 1))
    return data[:place] + data[place + rng.choice((1, 3, 16, 200)) :]


def _double(data: bytes, rng: random.Random) -> bytes:
    place, count = rng.randrange(max(len(data), 1)), rng.choice((1, 3, 16, 200))
    return data[:place] + data[place : place + count] + data[place:]


def _put_in(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.choice((rng.randbytes(8), *NASTY)) + data[place:]


def _other_word(data: bytes, rng: random.Random) -> bytes:
    words = list(_WORD.finditer(data[:200_000]))
    if not words:
        return _overwrite(data, rng)
    word = rng.choice(words)
    return data[: word.start()] + rng.choice(NASTY) + data[word.end() :]


def _swap_words(data: bytes, rng: random.Random) -> bytes:
    words = list(_WORD.finditer(data[:200_000]))
    if len(words) < 2:
        return _double(data, rng)
    one, other = sorted(rng.sample(words, 2), key=lambda word: word.start())
    between = data[one.end() : other.start()]
    return data[: one.start()] + other[0] + between + one[0] + data[other.end() :]


_WAYS = (
    *(_flip, _overwrite, _cut, _leave_out, _double, _put_in),
    *(_other_word,) * 4,
    *(_swap_words,) * 2,
)
