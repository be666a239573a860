"""What is kept of a job on the disk, so that the next window knows it: one folder for each."""

import json
import shutil
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_origin

from dissection.errors import DissectionError
from dissection.runtime.files import write_text
from dissection.runtime.reading import read_json
from ganpaint.jobs.job import JobState

_RECORD, _LINES, _LOG, _PROVISIONAL = "job.json", "lines.jsonl", "log.txt", "provisional"
_LARGEST_RECORD = 1 << 20


@dataclass
class JobRecord:
    """One job as it is kept.

    Attributes:
        title: what it does.
        arguments: of the command line.
        resumable: whether it goes on with ``--resume``.
        state: of ``JobState``.
        sentence: how it ended.
        result: what it made.
        number: of its process; 0 for none.
        born: when that was started.
        begun: whether it was ever started.
        offset: where in the file of lines the last start's begin.
        pause_after: seconds after which the next start pauses; 0 for never.
        go_on: whether the next window is to resume it.
        created: when it was asked for, ISO 8601, UTC.
        name: of its folder.
    """

    title: str
    arguments: list[str]
    resumable: bool = False
    state: str = "waiting"
    sentence: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    number: int = 0
    born: float = 0.0
    begun: bool = False
    offset: int = 0
    pause_after: float = 0.0
    go_on: bool = False
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "JobRecord":
        """A record as ``asdict`` told it.

        Raises:
            ValueError: it is none.
        """
        given: dict[str, Any] = {}
        for each in fields(cls):
            if each.name not in told:
                continue
            value, kind = told[each.name], get_origin(each.type) or each.type
            value = float(value) if kind is float and isinstance(value, int) else value
            if not isinstance(kind, type) or not isinstance(value, kind):
                raise ValueError(f"{each.name} is {value!r}")
            given[each.name] = value
        words = given.get("arguments", ())
        if not words or not all(isinstance(word, str) for word in words):
            raise ValueError("its command line is none")
        JobState(given.get("state", JobState.WAITING))
        return cls(**given)


class JobFolder:
    """The folder of one job.

    Args:
        root: of all jobs.
        record: of this one.
    """

    def __init__(self, root: Path, record: JobRecord) -> None:
        self.folder = root / record.name
        self._record = record

    @property
    def lines(self) -> Path:
        """What the process said."""
        return self.folder / _LINES

    @property
    def log(self) -> Path:
        """What it wrote besides."""
        return self.folder / _LOG

    @property
    def provisional(self) -> Path:
        """What its units match so far, where it was paused."""
        return self.folder / _PROVISIONAL

    def write(self) -> str:
        """Keep the record; a sentence where that cannot be done, which stops no job."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_text(self.folder / _RECORD, json.dumps(asdict(self._record), indent=1))
        except (DissectionError, OSError) as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            return f"The list of jobs cannot be kept in {self.folder}: {said}"
        return ""

    def remove(self) -> None:
        """Forget the job: what it told, and its provisional units; never its result."""
        for path in (self.folder / _RECORD, self.lines, self.log):
            with suppress(OSError):
                path.unlink(missing_ok=True)
        shutil.rmtree(self.provisional, ignore_errors=True)
        with suppress(OSError):
            self.folder.rmdir()


def read_records(root: Path) -> list[JobRecord]:
    """The jobs that are kept, in the order in which they were asked for; damaged ones are left."""
    found = []
    for path in root.glob(f"*/{_RECORD}"):
        try:
            record = JobRecord.from_json(read_json(path, _LARGEST_RECORD))
        except (OSError, ValueError, TypeError, AttributeError):
            continue
        record.name = path.parent.name
        found.append(record)
    return sorted(found, key=lambda record: record.created)
