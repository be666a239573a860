"""Strips of exemplars for the grid: read or made in the background, when they come into view.

Stored strips are decoded by one thread of their own; those that a generator makes are asked of
the render thread, a unit at a time, behind everything that painting wants. As many are kept as
fit into a fixed room.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRunnable, Qt, QThreadPool, QTimer, Signal, SignalInstance
from PySide6.QtGui import QImage, QPixmap

from dissection.errors import DissectionError
from dissection.painting.edits import Edit
from dissection.results.dissection import Dissection
from dissection.results.readers.pictures import published_strip
from dissection.results.sheets import UNITS_PER_SHEET, Sheets
from ganpaint.rendering.queries import Question, Studio
from ganpaint.rendering.requests import to_image
from ganpaint.tabs.live_scene import LiveScene
from ganpaint.units.browsed import Browsed
from ganpaint.units.kinds import network_kind
from ganpaint.units.sample_thread import SampleQuestion, SampleThread

if TYPE_CHECKING:
    from dissection.measurement.sample_again import SampleAgain

#: Width and height of a picture as it is kept, and how many stand in a strip.
PICTURE_PX, IMAGES = 80, 5
#: Strips that are kept: of 512 units 66 MB.
_KEPT = 520
#: Wait so long for more to come into view before something is asked for.
_GATHER_MILLISECONDS = 15


@dataclass(frozen=True, eq=False)
class StripsQuestion(Question):
    """Strips of units of which no pictures are stored: answers are (layer, unit, strip).

    Attributes:
        dissection: of the scene's model.
        layer: name.
        units: numbers, in the order in which they are wanted.
        size: width and height of a picture in pixels.
    """

    dissection: Dissection
    layer: str
    units: tuple[int, ...]
    size: int

    def steps(self, studio: Studio) -> Iterator[object]:
        """One answer for each unit."""
        from dissection.measurement.exemplars import unit_pictures

        for unit in self.units:
            generator = studio.generator(self.scene.model)
            (strip,) = unit_pictures(self.dissection, self.layer, [unit], generator, size=self.size)
            yield self.layer, unit, strip


@dataclass(frozen=True, eq=False)
class SampleStripsQuestion(SampleQuestion):
    """Strips of units of a classifier: answers are (layer, unit, strip).

    Attributes:
        layer: name.
        units: numbers, in the order in which they are wanted.
        size: width and height of a picture in pixels.
    """

    layer: str
    units: tuple[int, ...]
    size: int

    def steps(self, sample: "SampleAgain") -> Iterator[object]:
        """One answer for each unit."""
        from dissection.measurement.exemplars import unit_pictures

        for unit in self.units:
            asked = (_with_images(self.dissection, self.layer, IMAGES), self.layer, [unit])
            network, source = sample.network.module, sample.source
            (strip,) = unit_pictures(*asked, network, size=self.size, source=source)
            yield self.layer, unit, strip


class UnitPictures(QObject):
    """Gives the strips that there are, and fetches those that are asked for and missing.

    Signals:
        ready(str, list[int]): the strips of these units of a layer are there.
        changed: there is another ``reason`` why there are none, or none any more.
    """

    ready = Signal(str, list)
    changed = Signal()
    _read = Signal(int, str, object)

    def __init__(
        self,
        browsed: Browsed,
        live: LiveScene | None,
        sample: SampleThread,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._browsed = browsed
        self._live = live
        self._sample = sample
        self._kept: OrderedDict[tuple[str, int], QPixmap] = OrderedDict()
        self._wanted: OrderedDict[tuple[str, int], None] = OrderedDict()
        self._asked: set[tuple[str, int]] = set()
        #: The dissection with few exemplars of the layer, of which strips are made.
        self._fewer: dict[str, Dissection] = {}
        self._generation = 0
        self._failed = ""
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._gather = QTimer(self, singleShot=True, interval=_GATHER_MILLISECONDS)
        self._gather.timeout.connect(self._fetch)
        self._read.connect(self._take_read)
        browsed.dissection_changed.connect(self.forget)
        browsed.layer_changed.connect(self._leave_layer)
        browsed.sample_found.connect(self._look_again)
        sample.answered.connect(self._take_answer)
        sample.failed.connect(self._take_failure)
        if live is not None:
            live.answered.connect(self._take_answer)
            live.question_failed.connect(self._take_failure)

    def strip(self, layer: str, unit: int) -> QPixmap | None:
        """The strip of a unit; None while it is not there, and then it is fetched."""
        key = (layer, unit)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        if key not in self._asked and key not in self._wanted and not self._failed:
            self._wanted[key] = None
            if not self._gather.isActive():
                self._gather.start()
        return None

    @property
    def reason(self) -> str:
        """Why this layer's units have no pictures; empty where they have."""
        dissection, layer = self._browsed.dissection, self._browsed.layer
        if dissection is None or not layer:
            return ""
        if self._failed:
            return self._failed
        if dissection[layer].pictures is not None or self._can_make():
            return ""
        if self._published(layer, 0) is not None:
            return ""
        more = network_kind(dissection) == "generator"
        opened = ", or open the generator that was dissected" if more else ""
        return f"No pictures of {layer} are stored; dissect again with --pictures {layer}{opened}."

    @property
    def waiting(self) -> bool:
        """Whether strips that were asked for are still awaited."""
        return bool(self._asked or self._wanted)

    def close(self) -> None:
        """Wait for what is being read."""
        self._gather.stop()
        self._pool.clear()
        self._pool.waitForDone()

    def forget(self) -> None:
        """Another dissection: its strips are others."""
        self._generation += 1
        self._pool.clear()
        self._withdraw()
        self._kept.clear()
        self._wanted.clear()
        self._asked.clear()
        self._fewer.clear()
        self._failed = ""

    def _leave_layer(self) -> None:
        # What was asked of the layer that was left is not waited for: it is asked for again.
        self._withdraw()
        self._wanted.clear()
        self._asked.clear()
        self._failed = ""

    def _look_again(self) -> None:
        """The sample lies elsewhere: what failed may come now."""
        self._leave_layer()
        self.changed.emit()

    def _withdraw(self) -> None:
        if self._live is not None:
            self._live.withdraw(StripsQuestion)
        self._sample.withdraw(SampleStripsQuestion)

    def _can_make(self) -> bool:
        """Whether the generator in use draws the sample, or a classifier's pictures are known."""
        dissection, layer = self._browsed.dissection, self._browsed.layer
        if dissection is None or not (self._browsed.drawable or self._browsed.sampled):
            return False
        return bool(dissection[layer].exemplars.shape[1])

    def _published(self, layer: str, unit: int) -> Path | None:
        dissection, folder = self._browsed.dissection, self._browsed.folder
        if dissection is None or folder is None:
            return None
        return published_strip(dissection, folder, layer, unit)

    def _fetch(self) -> None:
        """Ask for what is wanted now; what scrolled out of view long ago is not."""
        dissection, layer = self._browsed.dissection, self._browsed.layer
        wanted = [unit for name, unit in self._wanted if name == layer]
        self._wanted.clear()
        if dissection is None or not wanted:
            return
        measured = dissection[layer]
        if measured.pictures is not None:
            there = {unit for name, unit in (*self._kept, *self._asked) if name == layer}
            for unit in wanted:
                if unit not in there:
                    # Its neighbors on the sheet come along: they are decoded with it anyway.
                    first = unit - unit % UNITS_PER_SHEET
                    sheet = range(first, min(first + UNITS_PER_SHEET, measured.pictures.units))
                    there.update(sheet)
                    self._asked |= {(layer, other) for other in sheet}
                    reading = _Reading(self._generation, measured.pictures, layer, unit, self._read)
                    self._pool.start(reading)
        elif self._can_make():
            # The newest question wins, so that it takes what is still missing along, behind.
            missing = [u for name, u in self._asked if name == layer and u not in wanted]
            units = tuple([*wanted, *missing][:_KEPT])
            self._asked |= {(layer, unit) for unit in wanted}
            self._ask(dissection, layer, units)
        else:
            for unit in wanted:
                path = self._published(layer, unit)
                if path is not None:
                    self._asked.add((layer, unit))
                    self._pool.start(_Reading(self._generation, path, layer, unit, self._read))

    def _ask(self, dissection: Dissection, layer: str, units: tuple[int, ...]) -> None:
        live, folder = self._live, self._browsed.sample_folder
        if not self._browsed.drawable or live is None:
            asked = SampleStripsQuestion(dissection, folder, layer, units, PICTURE_PX)
            self._sample.ask(asked)
            return
        if layer not in self._fewer:
            self._fewer = {layer: _with_images(dissection, layer, IMAGES)}
        drawn = self._fewer[layer]
        live.ask(StripsQuestion(live.scene, None, Edit(), drawn, layer, units, PICTURE_PX))

    def _keep(self, layer: str, images: dict[int, QImage]) -> None:
        for unit, image in images.items():
            self._asked.discard((layer, unit))
            self._kept[layer, unit] = QPixmap.fromImage(image)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        self.ready.emit(layer, list(images))

    def _take_read(self, generation: int, layer: str, images: dict[int, QImage]) -> None:
        if generation == self._generation:
            self._keep(layer, images)

    def _take_answer(self, question: object, answer: object) -> None:
        ours = isinstance(question, StripsQuestion | SampleStripsQuestion)
        if ours and isinstance(answer, tuple):
            layer, unit, strip = answer
            self._keep(layer, {unit: _side_by_side(strip)})

    def _take_failure(self, question: object, sentence: str) -> None:
        if isinstance(question, StripsQuestion | SampleStripsQuestion):
            self._failed = sentence
            self._asked.clear()
            self.changed.emit()


class _Reading(QRunnable):
    """Reads strips in a thread of its own and says so with a signal.

    A sheet has those of many units; a file of another program that of one.
    """

    def __init__(
        self,
        generation: int,
        source: Sheets | Path,
        layer: str,
        unit: int,
        done: SignalInstance,
    ) -> None:
        super().__init__()
        self._generation, self._source = generation, source
        self._layer, self._unit, self._done = layer, unit, done

    def run(self) -> None:
        """Qt calls this in its thread."""
        images = self._of_file() if isinstance(self._source, Path) else self._of_sheet()
        self._done.emit(self._generation, self._layer, images)

    def _of_file(self) -> dict[int, QImage]:
        image = QImage(str(self._source))
        smooth = Qt.TransformationMode.SmoothTransformation
        return {} if image.isNull() else {self._unit: image.scaledToHeight(PICTURE_PX, smooth)}

    def _of_sheet(self) -> dict[int, QImage]:
        assert isinstance(self._source, Sheets), "or it is a file"
        try:
            units, strips = self._source.beside(self._unit)
        except DissectionError:
            return {}  # damaged: these places stay empty, the rest shows
        pairs = zip(units, strips, strict=True)
        return {unit: _side_by_side(strip[:IMAGES]) for unit, strip in pairs}


def _side_by_side(strip: NDArray[np.uint8]) -> QImage:
    """Pictures (n, size, size, 3) as one image, n * 80 by 80."""
    images, size = strip.shape[:2]
    row = to_image(strip.swapaxes(0, 1).reshape(size, images * size, 3))
    if size != PICTURE_PX:
        row = row.scaled(
            images * PICTURE_PX,
            PICTURE_PX,
            Qt.AspectRatioMode.IgnoreAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    return row.convertToFormat(QImage.Format.Format_RGB32)  # which is what pixmaps are made of


def _with_images(dissection: Dissection, layer: str, images: int) -> Dissection:
    """The dissection with as many exemplars of a layer as are looked at."""
    measured = dissection[layer]
    if measured.exemplars.shape[1] <= images:
        return dissection
    fewer = replace(measured, exemplars=measured.exemplars[:, :images])
    return replace(dissection, measured={**dissection.measured, layer: fewer})
