"""Exporting movies: pictures from the render thread between all others, written in a thread."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QThread, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from dissection.data.images import Picture
from dissection.errors import DissectionError, plain_text
from dissection.painting.edits import Edit
from dissection.painting.movie import FORMATS, MovieSettings, growth, write_movie
from dissection.runtime.files import require_writable
from dissection.runtime.progress import Progress, Stopped
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.networks import file_stem
from ganpaint.painter.files.movie_dialog import MovieDialog
from ganpaint.painter.live_picture import LivePicture
from ganpaint.rendering.queries import Question, Studio
from ganpaint.tabs.context import Jobs, TrackedJob
from ganpaint.toolkit.file_dialogs import ask_new_file
from ganpaint.toolkit.notice import Notice
from ganpaint.toolkit.plain import ask
from ganpaint.toolkit.theme import Theme

_log = logging.getLogger(__name__)
#: Of the whole job as it is told; writing is the smaller part.
_RENDERING = 70


@dataclass(frozen=True, eq=False)
class MoviePictures(Question):
    """The exact pictures of a movie, one answer each; painting goes on meanwhile.

    Attributes:
        edits: of the pictures, in order.
    """

    edits: tuple[Edit, ...] = ()

    def steps(self, studio: Studio) -> Iterator[Picture]:
        """See ``Question.steps``: each answer is a picture, uint8 (H, W, 3)."""
        for edit in self.edits:
            yield studio.renderer(self.scene, self.latent).render(edit, exact=True)


class MovieMaker(QObject):
    """Asks how a movie is to look and where it goes, makes it, and can be stopped."""

    def __init__(
        self,
        document: Document,
        live: LivePicture,
        message: Notice,
        theme: Theme,
        parent: QWidget,
        jobs: Jobs | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._theme = theme
        self._live = live
        self._message = message
        self._window = parent
        self._jobs = jobs
        self._job: TrackedJob | None = None
        self._settings = MovieSettings()
        self._pictures: list[Picture] = []
        self._asked: MoviePictures | None = None
        self._path = Path()
        self._writer: _Writer | None = None
        self.dialog: MovieDialog | None = None
        live.answered.connect(self._take)
        live.question_done.connect(self._write)
        live.question_failed.connect(self._fail)

    @property
    def busy(self) -> bool:
        """Whether a movie is being made."""
        return self._asked is not None or self._writer is not None

    def open(self) -> None:
        """Ask how the movie is to look, then where it goes."""
        strokes = len(self._document.edit_of(self._document.scene).strokes)
        if self.busy:
            self._message.say(
                "A movie is being made already.", "info", "Stop it", self.stop, about="movie"
            )
        elif not strokes or self._live.image is None:
            self._message.say(
                "Paint something first; a movie shows how it grows.", passing=True, about="movie"
            )
        else:
            size = self._live.image.width()
            if self.dialog is not None:
                self.dialog.deleteLater()  # or the window would keep every one
            self.dialog = MovieDialog(self._settings, strokes, size, self._theme, self._window)
            self.dialog.accepted.connect(self._ask_where)
            self.dialog.open()

    def export(self, path: Path, settings: MovieSettings) -> None:
        """Make a movie of the finished strokes on the scene on screen."""
        if path.suffix.lower() not in FORMATS:
            path = path.with_name(f"{path.name}{FORMATS[0]}")
        scene = self._document.scene
        try:
            edits = growth(self._document.history_of(scene), settings)
        except DissectionError as error:
            self._message.say(str(error), "error", about="movie")
            return
        try:
            require_writable(path)  # before minutes of rendering, not behind them
        except DissectionError as error:
            self._message.say(str(error), "error", "Export elsewhere…", self.open, about="movie")
            return
        self._path, self._settings, self._pictures = path, settings, []
        latent = self._document.given_latent(scene)
        self._asked = MoviePictures(scene, latent, edits[-1], tuple(edits))
        self._job = self._jobs.track(f"Movie {path.name}", self.stop) if self._jobs else None
        self._tell(0)
        self._live.ask(self._asked)

    def stop(self) -> None:
        """Leave the movie that is being made; nothing of it is written."""
        if self._asked is not None:
            self._live.withdraw(MoviePictures)
            self._asked, self._pictures = None, []
            self._message.say("Stopped; no movie was written.", passing=True, about="movie")
            self._end_job(lambda job: job.give_up("Stopped; no movie was written."))
        elif self._writer is not None:
            self._writer.requestInterruption()

    def may_stop(self) -> bool:
        """Whether a movie in the making, if there is one, may be lost; asks."""
        if not self.busy:
            return True
        return ask(
            self._window,
            "A movie is being made",
            f"{plain_text(self._path.name)} is not finished yet. Close without it?",
            QMessageBox.StandardButton.Discard,
        )

    def close(self) -> None:
        """Stop, and wait for the thread that writes."""
        self._live.withdraw(MoviePictures)
        self._asked = None
        if self._writer is not None:
            self._writer.requestInterruption()
            self._writer.wait()

    def _ask_where(self) -> None:
        assert self.dialog is not None, "only the dialog calls this"
        settings, suffix = self.dialog.settings, self.dialog.suffix
        name = f"{file_stem(self._document.scene)}{suffix}"
        kind = f"{suffix[1:].upper()} movies (*{suffix})"
        near = self._document.folder
        path, _ = ask_new_file(self._window, "Export movie", name, kind, "movies", near=near)
        if path is not None:
            if path.suffix.lower() not in FORMATS:
                path = path.with_name(f"{path.name}{suffix}")
            self.export(path, settings)

    def _take(self, question: Question, answer: object) -> None:
        asked = self._asked
        if asked is not None and question is asked and isinstance(answer, np.ndarray):
            self._pictures.append(answer)
            self._tell(_RENDERING * len(self._pictures) // len(asked.edits))

    def _fail(self, question: Question, sentence: str) -> None:
        if question is self._asked:
            self._asked, self._pictures = None, []
            self._message.say(sentence, "error", about="movie")
            self._end_job(lambda job: job.fail(sentence))

    def _write(self, question: Question) -> None:
        if question is not self._asked:
            return
        self._asked = None
        self._writer = _Writer(self._path, self._pictures, self._settings, self)
        self._pictures = []
        self._writer.told.connect(self._tell)
        self._writer.finished.connect(self._end)
        self._writer.start()

    def _end(self) -> None:
        writer, self._writer = self._writer, None
        assert writer is not None, "one writer at a time"
        if writer.failure is None:
            self._message.say(f"Exported {self._path}.", passing=True, about="movie")
            self._end_job(lambda job: job.finish(f"It is in {self._path}."))
        elif isinstance(writer.failure, Stopped):
            self._message.say("Stopped; no movie was written.", passing=True, about="movie")
            self._end_job(lambda job: job.give_up("Stopped; no movie was written."))
        else:
            said = str(writer.failure)
            if not isinstance(writer.failure, DissectionError):
                said = f"The movie could not be written: {type(writer.failure).__name__}, {said}."
            self._message.say(said, "error", "Export elsewhere…", self.open, about="movie")
            self._end_job(lambda job: job.fail(said))
        writer.deleteLater()

    def _end_job(self, end: Callable[[TrackedJob], None]) -> None:
        job, self._job = self._job, None
        if job is not None:
            end(job)

    def _tell(self, percent: int) -> None:
        if self._job is not None:
            stage = "rendering" if percent < _RENDERING else "writing"
            self._job.tell(stage, percent, 100)
        self._message.say(
            f"Making {self._path.name}: {percent} %", "info", "Stop", self.stop, about="movie"
        )


class _Writer(QThread):
    """Writes a movie.

    Attributes:
        failure: why there is none; None where there is one.

    Signals:
        told(int): how much of the whole job is done, percent.
    """

    told = Signal(int)

    def __init__(
        self, path: Path, pictures: list[Picture], settings: MovieSettings, parent: QObject
    ) -> None:
        super().__init__(parent)
        self.setObjectName("movie")
        self._path = path
        self._pictures = pictures
        self._settings = settings
        self._percent = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        """The thread's body; Qt calls it."""
        try:
            write_movie(self._path, self._pictures, self._settings, self._report)
        except Exception as error:  # told in the window: a thread has nobody to raise to
            if not isinstance(error, DissectionError):
                _log.exception("writing a movie failed")
            self.failure = error.with_traceback(None)  # or it would keep all the pictures
        finally:
            self._pictures = []

    def _report(self, progress: Progress) -> bool:
        percent = _RENDERING + (100 - _RENDERING) * progress.done // progress.total
        if percent != self._percent:
            self._percent = percent
            self.told.emit(percent)
        return not self.isInterruptionRequested()
