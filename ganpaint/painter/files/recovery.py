"""Unsaved strokes outlive crashes: they are written to the user's data folder while one paints.

Every session has a file of its own there, with a lock beside it that ends with the process. Files
without a living owner are what a crash, or a window closed without saving, left behind: they are
offered once and stay in the menu of recent files for a while. Which is the newest a counter in the
files tells: clocks are set back.
"""

import secrets
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal

from dissection.errors import DissectionError
from dissection.painting.project import SUFFIX, Project, read_counter, write_project
from dissection.runtime.files import reason
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.networks import with_networks

_INTERVAL_MILLISECONDS = 2000
_MOST_KEPT = 10


class Recovery(QObject):
    """Writes what is unsaved, off the GUI thread; finds what earlier sessions left.

    Args:
        document: what is painted.
        snapshot: everything painted, with the stroke that is still held, as a project.
        folder: where to; made if need be. None writes nothing.

    Signals:
        failed(str): it cannot be written; one sentence, said once.
    """

    failed = Signal(str)

    def __init__(
        self,
        document: Document,
        snapshot: Callable[[], Project],
        folder: Path | None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._snapshot = snapshot
        self._folder = folder
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="recovery")
        self._own = (folder or Path()) / f"session-{_stamp()}{SUFFIX}"
        self._lock: QLockFile | None = None
        self._said = False
        self._reason = ""
        self._closed = False
        self._timer = QTimer(self, singleShot=True, interval=_INTERVAL_MILLISECONDS)
        self._timer.timeout.connect(self.write)
        if folder is not None:
            document.strokes_changed.connect(self._note)
            document.edit_changed.connect(self._note)  # a stroke in progress may take minutes
            document.modified_changed.connect(self._note)

    def write(self) -> None:
        """Write what is unsaved now; forget the file if nothing is."""
        self._timer.stop()
        if self._document.modified or self._document.live is not None:
            self._submit(self._own, self._snapshot())
        elif self._lock is not None:
            self._writer.submit(self._own.unlink, missing_ok=True)

    def try_now(self) -> str:
        """Write what is unsaved and wait for it; why that cannot be done, empty if it is."""
        if self._folder is None or self._closed:
            return ""
        if not self._document.modified and self._document.live is None:
            return ""
        self._timer.stop()
        try:
            written = self._submit(self._own, self._snapshot())
            if written is not None:
                written.result()
        except (DissectionError, OSError) as error:
            return str(error).rstrip(".")
        return self._reason if written is None else ""

    def keep(self, project: Project) -> None:
        """Write unsaved work that leaves the window to a file of its own."""
        if self._folder is not None:
            self._submit(self._folder / f"kept-{_stamp()}{SUFFIX}", project)

    def adopt(self, kept: Path) -> None:
        """What was kept is in the window now: once this session has written it, forget it."""
        self._timer.stop()
        self._submit(self._own, self._snapshot(), kept)

    def forget(self, kept: Path) -> None:
        """What could be read of a file is saved elsewhere: the file is of no use any more."""
        if not self._closed:
            self._writer.submit(kept.unlink, missing_ok=True)

    def find(self) -> list[Path]:
        """What earlier sessions left, newest first; each is returned by this method once."""
        if self._folder is None:
            return []
        found = []
        for path in self._folder.glob(f"session-*{SUFFIX}"):
            lock = _lock_of(path)
            if path == self._own or not lock.tryLock(0):
                continue  # its window is open
            kept = path.with_name(path.name.replace("session-", "kept-", 1))
            try:
                path.rename(kept)
                found.append(kept)
            except OSError:
                continue  # it stays where it is, for another time
            finally:
                lock.unlock()
        return sorted(found, key=_age, reverse=True)

    def kept(self) -> list[Path]:
        """Unsaved work that was found or replaced, newest first; the oldest is forgotten."""
        if self._folder is None:
            return []
        found = sorted(self._folder.glob(f"kept-*{SUFFIX}"), key=_age, reverse=True)
        for old in found[_MOST_KEPT:]:
            if read_counter(old):  # written by a recovery; whatever else lies there stays
                self._writer.submit(old.unlink, missing_ok=True)
        return found[:_MOST_KEPT]

    def close(self) -> None:
        """Write what is unsaved and let the next session find it; waits until it is written."""
        if self._closed:
            return
        self.write()
        self._closed = True
        self._writer.shutdown(wait=True)
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _note(self) -> None:
        if not (self._closed or self._timer.isActive()):
            self._timer.start()

    def _submit(
        self, path: Path, project: Project, then_forget: Path | None = None
    ) -> Future[None] | None:
        """The writing of a file; None where there is no folder to write to."""
        if self._folder is None or self._closed:
            return None
        if self._lock is None:
            try:
                self._folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                self._reason = f"{self._folder} cannot be made: {reason(error)}"
                self._fail(self._reason)
                return None
            self._lock = _lock_of(self._own)
            self._lock.tryLock(0)
        written = self._writer.submit(_write, path, project, then_forget)
        written.add_done_callback(self._done)
        return written

    def _done(self, written: Future[None]) -> None:
        error = written.exception()
        if isinstance(error, DissectionError | OSError):
            self._fail(str(error).rstrip("."))

    def _fail(self, reason: str) -> None:
        if not self._said:
            self._said = True
            self.failed.emit(f"Unsaved strokes would not outlive a crash: {reason}.")


def _write(path: Path, project: Project, then_forget: Path | None) -> None:
    others = (read_counter(p) for p in path.parent.glob(f"*{SUFFIX}"))
    project = with_networks(project)
    write_project(path, replace(project, counter=max(others, default=0) + 1))
    if then_forget is not None and then_forget != path:
        then_forget.unlink(missing_ok=True)


def _lock_of(path: Path) -> QLockFile:
    lock = QLockFile(f"{path}.lock")
    lock.setStaleLockTime(0)  # only the end of its process ends it, not time
    return lock


def _stamp() -> str:
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}"


def _age(path: Path) -> tuple[int, float]:
    """By what files are ordered; of earlier versions' files, which have no counter, the time."""
    try:
        return read_counter(path), path.stat().st_mtime
    except OSError:
        return 0, 0.0
