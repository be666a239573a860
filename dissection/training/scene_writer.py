"""Storybook scenes painted by other processes, while what is there already is trained on.

The pictures lie in memory-mapped files that the painters write into themselves; a ledger beside
them says which parts are whole, so that painting goes on where it was interrupted.
"""

import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, wait
from multiprocessing import get_context, parent_process
from multiprocessing.synchronize import Event
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from dissection.data.storybook.book import Storybook
from dissection.errors import BadInputError, DissectionError
from dissection.runtime.files import reason
from dissection.runtime.reading import read_ordinary
from dissection.training.growing import never
from dissection.training.picture_cache import new_array, stored_array

Report = Callable[[int, int], None]
_CHUNK = 32
#: Bytes of the list of parts that are whole, at most.
_LARGEST_LEDGER = 16 << 20
_POLL_SECONDS = 0.1
_NICE = 5


class Painting:
    """Scenes of one domain, the first ones of which are there; more come inside ``with``.

    Args:
        domain: of ``Storybook``.
        size: width and height in px.
        count: scenes in all.
        first: the first layout seed.
        cache: folder of the memory-mapped files.
        report: called with (done, total) while scenes are painted, from another thread.

    Attributes:
        images: uint8 (count, size, size, 3), memory-mapped; zeros where nothing is painted yet.
        maps: uint8 (count, 3, size, size), object, part, material; likewise.
        source: what they are, for the model card.

    Raises:
        BadInputError: no scene is asked for.
        UnknownNameError: there is no such domain.
    """

    def __init__(
        self,
        domain: str,
        size: int,
        count: int,
        first: int,
        cache: Path,
        report: Report | None = None,
    ) -> None:
        if count < 1:
            raise BadInputError(f"At least one scene must be painted, not {count}.")
        Storybook(domain)  # an unknown domain is refused before any process starts
        self._stem = cache / f"{domain}-{size}-{first}-{count}"
        self._job = (domain, size, first)
        self._report = report
        self.images, self.maps = _arrays(self._stem, size, count)
        self.source = (
            f"Storybook {domain}, {count:,} scenes (layouts {first} to {first + count - 1})"
        )
        self._ledger = _Ledger(self._stem.with_suffix(".done"))
        self._news = threading.Condition()
        self._error: BaseException | None = None
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._ready = 0
        self._count_ready()

    def __enter__(self) -> "Painting":
        if self._ready < len(self.images):
            self._thread = threading.Thread(target=self._paint, name="painting", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        if self._thread:
            self._thread.join()

    def wait(self, wanted: int, stop: Callable[[], bool] = never) -> int:
        """How many scenes are there, counted from the first up to the first gap.

        Args:
            wanted: returns when there are as many, or all.
            stop: asked now and then; True returns what there is.

        Raises:
            DissectionError: painting failed.
        """
        wanted = min(wanted, len(self.images))
        with self._news:
            while self._ready < wanted and not stop():
                if self._error is not None:
                    raise self._error
                self._news.wait(_POLL_SECONDS)
            return self._ready

    def _paint(self) -> None:
        _leave_signals_to_the_main_thread()
        try:
            self._paint_all()
        except BaseException as error:  # told by ``wait``, in the thread that asked
            with self._news:
                self._error = error
                self._news.notify_all()

    def _paint_all(self) -> None:
        count, workers = len(self.images), os.cpu_count() or 1
        wanted = [s for s in range(0, count, _CHUNK) if s not in self._ledger.done]
        jobs = iter([(str(self._stem), *self._job, s, min(s + _CHUNK, count)) for s in wanted])
        # Fresh processes: a fork of one in which torch has threads can hang.
        context = get_context("spawn")
        leave = context.Event()
        pool = ProcessPoolExecutor(workers, context, _begin, (leave,))
        try:
            # In order, with a bounded number under way: the first ones are wanted first.
            waiting: list[Future[int]] = []
            while not self._ending.is_set():
                while len(waiting) < 2 * workers and (job := next(jobs, None)):
                    waiting.append(pool.submit(_paint_chunk, job))
                if not waiting:
                    break
                if wait(waiting[:1], _POLL_SECONDS).done:
                    self._keep(waiting.pop(0).result())
        finally:
            leave.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _keep(self, start: int) -> None:
        self._ledger.add(start)
        with self._news:
            self._count_ready()
            self._news.notify_all()
        if self._report:
            count = len(self.images)
            self._report(min(len(self._ledger.done) * _CHUNK, count), count)

    def _count_ready(self) -> None:
        while self._ready < len(self.images) and self._ready in self._ledger.done:
            self._ready = min(self._ready + _CHUNK, len(self.images))


def _leave_signals_to_the_main_thread() -> None:
    """Ctrl+C goes to every process of a terminal; painters inherit that it is none of theirs."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})


_leave: Event | None = None


def _begin(leave: Event) -> None:
    """What each painter does first: give way to the training, and end when it does."""
    global _leave
    _leave = leave
    if hasattr(os, "nice"):
        os.nice(_NICE)
    cv2.setNumThreads(1)  # one process a core: threads inside would fight
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _paint_chunk(job: tuple[str, str, int, int, int, int]) -> int:
    stem, domain, size, first, start, stop = job
    images, maps = (stored_array(_file(Path(stem), kind), "r+") for kind in ("images", "maps"))
    book = Storybook(domain)
    for i in range(start, stop):
        if _leave is not None and _leave.is_set():
            raise CancelledError  # nobody waits for this one
        scene = book.paint(first + i, size=size)
        images[i], maps[i] = scene.image, scene.maps
    return start


def _file(stem: Path, kind: str) -> Path:
    return stem.with_suffix(f".{kind}.npy")


def _arrays(stem: Path, size: int, count: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    shapes = {"images": (count, size, size, 3), "maps": (count, 3, size, size)}
    for kind, shape in shapes.items():
        if not _file(stem, kind).exists():
            stem.with_suffix(".done").unlink(missing_ok=True)
            new_array(_file(stem, kind), shape)
    try:
        arrays = {kind: stored_array(_file(stem, kind), "r+") for kind in shapes}
    except ValueError:
        arrays = {}
    if {kind: array.shape for kind, array in arrays.items()} != shapes:
        raise DissectionError(
            f"The painted pictures {stem}.* are damaged; remove them, and they are painted again."
        )
    return arrays["images"], arrays["maps"]


class _Ledger:
    """Which chunks are whole: one number a line, appended after the chunk has been written."""

    def __init__(self, path: Path) -> None:
        self.done: set[int] = set()
        self._path = path
        if path.exists():
            try:
                text = read_ordinary(path, _LARGEST_LEDGER).decode("ascii")
                # A torn last line has no newline.
                self.done = {int(line) for line in text.split("\n")[:-1]}
            except (OSError, ValueError) as error:
                raise DissectionError(
                    f"{path}, which tells which pictures are painted, is damaged; remove it, and "
                    "they are painted again."
                ) from error

    def add(self, start: int) -> None:
        self.done.add(start)
        try:
            with self._path.open("a") as file:
                file.write(f"{start}\n")
        except OSError as error:
            raise DissectionError(
                f"Cannot write {self._path}: {reason(error)}; free some space, and start the "
                "command again to go on."
            ) from error
