"""Where the interpreter of a process of tests was when it died, told at the end of the whole run.

What ``faulthandler`` writes to the terminal stands in the middle of a long output, of which a
service that runs tests may keep the end alone.
"""

import faulthandler
import os
import tempfile
from pathlib import Path
from typing import IO

import pytest

_FOLDER = "GANPAINT_TESTS_CRASHES"
_LINES = 80


class CrashNotes:
    """A plugin: each process has a file for its last words; the first process reads them out."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._own: tempfile.TemporaryDirectory[str] | None = None

    def pytest_configure(self) -> None:
        """In other processes than the first: a file instead of the terminal that pytest chose."""
        if "PYTEST_XDIST_WORKER" in os.environ:
            name = f"{os.environ['PYTEST_XDIST_WORKER']}.txt"
            self._file = (Path(os.environ[_FOLDER]) / name).open("wb")
            faulthandler.enable(self._file)
        else:
            self._own = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
            os.environ[_FOLDER] = self._own.name

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The threads of each process that died: the one that it died in says "Current"."""
        for path in sorted(Path(os.environ[_FOLDER]).iterdir()):
            parts = path.read_text("utf-8", "replace").split("\n\n")
            parts.sort(key=lambda part: not part.startswith(("Fatal", "Current")))
            if lines := "\n".join(parts).splitlines():
                terminalreporter.section(f"{path.stem} died")
                for line in lines[:_LINES]:
                    terminalreporter.line(line)

    def pytest_unconfigure(self) -> None:
        """Last words are the terminal's again."""
        if self._file is not None:
            faulthandler.enable()
            self._file.close()
        if self._own is not None:
            self._own.cleanup()
