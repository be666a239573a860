"""One persistent thread that renders: the newest request wins, older ones of its kind are dropped.

It is the only place of the program from which torch is reached, and only once it runs, which is
after the window shows. Everything it says goes out as a signal; an exception becomes a sentence.
"""

import logging
import os
import time
from collections import deque
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QMutex, QMutexLocker, QObject, QThread, QWaitCondition, Signal
from PySide6.QtGui import QImage

from dissection.edits import Edit
from dissection.errors import DissectionError
from dissection.images import Picture, write_picture
from ganpaint.document import Latent, Scene

if TYPE_CHECKING:
    from dissection.generators.renderer import Renderer

_log = logging.getLogger(__name__)


class Purpose(IntEnum):
    """What a picture is rendered for; the smaller goes first."""

    LIVE = 0
    SAVE = 1
    REST = 2
    BEFORE = 3
    THUMBNAIL = 4


#: Of these only the newest request is kept; of the others every one is served, in order.
_NEWEST_ONLY = (Purpose.LIVE, Purpose.REST, Purpose.BEFORE)
#: These are rendered in float32, whatever is faster.
_EXACT = (Purpose.REST, Purpose.SAVE, Purpose.BEFORE)


@dataclass(frozen=True)
class Saving:
    """Where an exact picture goes, and what its metadata tell.

    Attributes:
        path: the PNG file.
        metadata: text chunks of the file.
        pair: save the picture without the edit beside the one with it.
    """

    path: Path
    metadata: dict[str, str]
    pair: bool = False


@dataclass(frozen=True)
class Request:
    """One picture that is wanted.

    Attributes:
        stamp: counts up; a result tells by it how new it is.
        purpose: live pictures and thumbnails may be of reduced precision, others are float32.
        scene: the model and the row of the standard latents.
        edit: the strokes to render with.
        saving: for ``Purpose.SAVE``.
        latent: z, float32 (d,), where a project gives it; None for the row of the seed.
    """

    stamp: int
    purpose: Purpose
    scene: Scene
    edit: Edit
    saving: Saving | None = None
    latent: Latent | None = None


@dataclass(frozen=True)
class Frame:
    """A rendered picture.

    Attributes:
        request: what was asked for.
        image: RGB888, H x W of the generator, owns its memory.
        milliseconds: from the latent's cached features to bytes.
        engine: device and precision, such as ``CPU bfloat16``.
        latent: z, float32 (d,), of the scene.
    """

    request: Request
    image: QImage
    milliseconds: float
    engine: str
    latent: Latent


class RenderThread(QThread):
    """Takes requests from the GUI thread and answers with signals.

    Signals:
        rendered(Frame): a picture is ready.
        failed(Request, str): it cannot be made; the sentence says why and what to do.
    """

    rendered = Signal(object)
    failed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("render")
        self._mutex = QMutex()
        self._wake = QWaitCondition()
        self._waiting: dict[Purpose, deque[Request]] = {
            p: deque(maxlen=1 if p in _NEWEST_ONLY else None) for p in Purpose
        }
        self._stopping = False

    def request(self, request: Request) -> None:
        """Ask for a picture; never waits for one."""
        with QMutexLocker(self._mutex):
            self._waiting[request.purpose].append(request)
            self._wake.wakeOne()

    def forget(self, *purposes: Purpose) -> None:
        """Drop the waiting requests of some purposes: the scene that they are about has gone."""
        with QMutexLocker(self._mutex):
            for purpose in purposes:
                self._waiting[purpose].clear()

    def stop(self) -> None:
        """Finish what is being rendered and what is to be saved, then end; waits until then."""
        with QMutexLocker(self._mutex):
            self._stopping = True
            self._wake.wakeOne()
        self.wait()

    def _next(self) -> Request | None:
        with QMutexLocker(self._mutex):
            while True:
                wanted = (Purpose.SAVE,) if self._stopping else tuple(Purpose)
                for purpose in wanted:
                    if self._waiting[purpose]:
                        return self._waiting[purpose].popleft()
                if self._stopping:
                    return None
                self._wake.wait(self._mutex)

    def run(self) -> None:
        """The thread's body; Qt calls it."""
        engine = Engine()
        while (request := self._next()) is not None:
            try:
                frame = engine.render(request)
            except DissectionError as error:
                self.failed.emit(request, str(error))
            except Exception as error:
                # A bug or an exhausted machine must not take the unsaved edit with it.
                _log.exception("rendering failed")
                self.failed.emit(request, f"Rendering failed: {type(error).__name__}, {error}.")
            else:
                self.rendered.emit(frame)


class Engine:
    """The generator in use and where its renderer stands; lives inside the render thread."""

    def __init__(self) -> None:
        self._model: str | None = None
        self._renderer: Renderer | None = None
        self._depth = 0
        self._scene: Scene | None = None
        self._latent: Latent | None = None

    def render(self, request: Request) -> Frame:
        """Render what is asked for; save it, if that is asked for.

        Raises:
            DissectionError: the model cannot be loaded, the edit belongs to another network, or
                the file cannot be written.
        """
        renderer, latent = self._at(request.scene, request.latent)
        exact = request.purpose in _EXACT
        started = time.perf_counter()
        picture = renderer.render(request.edit, exact=exact)
        milliseconds = (time.perf_counter() - started) * 1000
        if request.saving:
            self._save(renderer, picture, request.saving)
        precision = "float32" if exact else renderer.precision
        engine = f"{renderer.device.upper()} {precision}"
        return Frame(request, to_image(picture), milliseconds, engine, latent)

    def _save(self, renderer: "Renderer", picture: Picture, saving: Saving) -> None:
        if saving.pair:
            picture = np.concatenate([renderer.render(Edit(), exact=True), picture], axis=1)
        write_picture(saving.path, picture, saving.metadata)

    def _at(self, scene: Scene, latent: Latent | None) -> tuple["Renderer", Latent]:
        # Threads that spin while they wait lose their core to any other busy program, and a
        # picture then takes forty times as long; asleep they cost nothing. Read when torch loads.
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        # Imported here and not above: this is what loads torch, which takes seconds.
        from dissection.generators.checkpoints import load_generator
        from dissection.generators.renderer import Renderer
        from dissection.latents import standard

        if self._renderer is None or self._model != scene.model:
            self._renderer, self._scene, self._latent = None, None, None
            generator = load_generator(scene.model)
            self._depth = generator.depth
            self._renderer, self._model = Renderer(generator), scene.model
        known = self._latent
        other = latent is not None and not (known is not None and np.array_equal(latent, known))
        if self._scene != scene or known is None or other:
            self._scene = None
            known = standard([scene.seed], self._depth)[0] if latent is None else latent
            self._renderer.set_latent(known)
            self._scene, self._latent = scene, known
        return self._renderer, known


def to_image(picture: Picture) -> QImage:
    """A picture, uint8 (H, W, 3), as an RGB888 image that owns its memory."""
    height, width, _ = picture.shape
    data = np.ascontiguousarray(picture).data
    return QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
