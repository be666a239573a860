"""A download that goes on where it broke off. Free of torch.

``pooch`` asks for a file at an address and puts it under its name; this is the downloader that it
calls. What came so far stands in a hidden file beside the target, with what the server said of the
version it belongs to, and is asked for no second time if the server allows that.
"""

import errno
import hashlib
import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from dissection.errors import DissectionError
from dissection.runtime.files import reason
from dissection.runtime.progress import Meter, Report
from dissection.runtime.reading import read_object, told_size

#: Bytes that are waited for: small, so that little is lost when a connection ends.
_PIECE = 1 << 15
_LARGEST = 1 << 40
#: Attempts in a row that may bring nothing.
_ATTEMPTS = 3
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class HostError(DissectionError):
    """An address gave no file; another may."""


class _BrokeOff(Exception):  # noqa: N818 - an attempt ended, the download goes on
    """The connection ended or stalled; what came is kept."""


class Download:
    """One file from one address, as ``pooch`` calls its downloaders: ``(url, output, pooch)``.

    Args:
        keep: the target that the part stands beside, as ``.NAME.DIGITS.part``.
        report: told of bytes.
        size: bytes that the file has; None is not known.
        timeout: seconds without a byte after which the connection counts as dead.
        check: called with the part that came whole and its address; raises what is wrong.

    Raises:
        HostError: the address gives no file; the sentence says why.
        Stopped: the report asked for it; the part is kept.
        DissectionError: the disk is full.
    """

    def __init__(
        self,
        keep: Path,
        report: Report | None = None,
        size: int | None = None,
        timeout: float = 20,
        check: Callable[[Path, str], None] | None = None,
    ) -> None:
        self._keep = keep
        self._report = report
        self._size = size
        self._timeout = timeout
        self._check = check

    def __call__(self, url: str, output_file: str, pooch: object = None) -> None:
        """Bring the file of an address whole to ``output_file``."""
        Path(output_file).unlink(missing_ok=True)  # an empty one, which a kill would leave
        part = part_of(self._keep, url)
        failed = 0
        while True:
            before = _size(part)
            try:
                self._attempt(url, part)
                break
            except _BrokeOff as error:
                failed = 0 if _size(part) > before else failed + 1
                if failed >= _ATTEMPTS:
                    raise HostError(f"{url} cannot be fetched: {error}") from error
            except OSError as error:
                raise self._disk(error) from error
        if self._check is not None:
            self._check(part, url)
        part.replace(output_file)
        drop_parts(self._keep)

    def _attempt(self, url: str, part: Path) -> None:
        import requests

        have, validator = _size(part), _validator(part)
        headers = {"Accept-Encoding": "identity"}
        if have and validator:
            headers |= {"Range": f"bytes={have}-", "If-Range": validator}
        try:
            with requests.get(url, headers=headers, stream=True, timeout=self._timeout) as answer:
                self._take(url, part, answer, have if "Range" in headers else 0)
        except requests.RequestException as error:
            raise _BrokeOff(_in_words(error)) from error

    def _take(self, url: str, part: Path, answer: Any, asked: int) -> None:
        if url.startswith("https:") and not answer.url.startswith("https:"):
            raise HostError(f"{url} leads to {answer.url}, which is not encrypted.")
        told = answer.headers.get("Content-Range", "")
        if answer.status_code == 416 and asked:
            self._after_the_end(url, part, told, asked)
            return
        if answer.status_code >= 500:
            raise _BrokeOff(f"the server answers {answer.status_code} {answer.reason}")
        if answer.status_code not in (200, 206):
            raise HostError(
                f"{url} cannot be fetched: the server answers {answer.status_code} {answer.reason}."
            )
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            raise HostError(f"{url} cannot be fetched: the server sends a page, not the file.")
        start = 0
        if answer.status_code == 206:
            if not asked or not told.startswith(f"bytes {asked}-"):
                drop_part(part)
                raise _BrokeOff("the server sent another piece than it was asked for")
            start = asked
        total = _total(answer.headers, start)
        if self._size and total and total != self._size:
            drop_part(part)
            raise HostError(
                f"{url} holds {told_size(total)} and should hold {told_size(self._size)}."
            )
        self._require_room(part, (total or 0) - start)
        if not start:
            _note(part, answer.headers)
        done, total = start, total or self._size or 0
        meter = Meter(self._report, f"fetching {self._keep.name}", total, done)
        with part.open("ab" if start else "wb") as stream:
            try:
                for piece in answer.iter_content(_PIECE):
                    stream.write(piece)
                    done += len(piece)
                    if done > (total or _LARGEST):
                        raise HostError(f"{url} sends more than it said; it cannot be trusted.")
                    meter.reach(done, total or done)
            finally:
                stream.flush()
        if total and done < total:
            raise _BrokeOff(f"the connection ended after {done:,} of {total:,} bytes")

    def _after_the_end(self, url: str, part: Path, told: str, asked: int) -> None:
        """The server has nothing behind what is here: that is all of it, or it is no part of it."""
        if told != f"bytes */{asked}":
            drop_part(part)
            raise _BrokeOff("what was fetched before is no part of the file")

    def _require_room(self, part: Path, wanted: int) -> None:
        free = shutil.disk_usage(part.parent).free
        if wanted > free:
            raise DissectionError(
                f"{self._keep.name} needs {told_size(wanted)} and {part.parent} has room for "
                f"{told_size(free)}; free some space and fetch again."
            )

    def _disk(self, error: OSError) -> DissectionError:
        what = "the disk is full; free some space" if error.errno in _FULL else reason(error)
        return DissectionError(
            f"Cannot write {self._keep}: {what}; what was fetched is kept, and the next fetch "
            "goes on there."
        )


def part_of(target: Path, url: str) -> Path:
    """Where what came of an address so far stands."""
    digits = hashlib.sha256(url.encode()).hexdigest()[:8]
    return target.with_name(f".{target.name}.{digits}.part")


def drop_part(part: Path) -> None:
    """Delete a part and what is known of it."""
    part.unlink(missing_ok=True)
    _notes(part).unlink(missing_ok=True)


def drop_parts(target: Path) -> None:
    """Delete the parts of a target, of all addresses."""
    if target.parent.is_dir():
        for path in target.parent.iterdir():
            if path.name.startswith(f".{target.name}.") and ".part" in path.suffixes[-2:]:
                path.unlink(missing_ok=True)


def _notes(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _note(part: Path, headers: Any) -> None:
    """Keep what tells this version of the file from others: a strong tag, or the date."""
    tag, date = headers.get("ETag", ""), headers.get("Last-Modified", "")
    validator = tag if tag and not tag.startswith("W/") else date
    drop_part(part)
    if validator:
        _notes(part).write_text(json.dumps({"validator": validator}))


def _validator(part: Path) -> str:
    """What a server is asked to compare; empty if a part cannot be gone on with."""
    with suppress(OSError, ValueError, KeyError):
        return str(read_object(_notes(part), 1 << 16)["validator"])
    return ""


def _size(part: Path) -> int:
    try:
        return part.stat().st_size
    except FileNotFoundError:
        return 0


def _total(headers: Any, start: int) -> int | None:
    told = headers.get("Content-Length", "")
    return start + int(told) if told.isdecimal() else None


def _in_words(error: Exception) -> str:
    """What went wrong with a connection, without the library's inner names."""
    import requests

    if isinstance(error, requests.ConnectTimeout):
        return "the server does not answer"
    if isinstance(error, requests.Timeout) or "timed out" in str(error):
        return "the server stopped sending"
    if isinstance(error, requests.TooManyRedirects):
        return "the server sends from address to address without end"
    if isinstance(error, requests.exceptions.SSLError):
        return "the server's certificate cannot be trusted"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, requests.ConnectionError):
        return "the server cannot be reached"
    return f"the connection failed ({type(error).__name__})"
