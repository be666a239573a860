"""A picture of one's own that a classifier's units are tried on: kept while one browses on.

It is read, cut and given to the network in the thread of the sample; the newest question about it
is answered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QImage

from dissection.data.image_files import OTHER_SUFFIXES, SUFFIXES
from ganpaint.painter.canvas.picture_item import to_array
from ganpaint.units.detail.views import VIEW_PX, View, view_of
from ganpaint.units.sample_thread import SampleQuestion

if TYPE_CHECKING:
    from dissection.measurement.own_picture import OwnPicture
    from dissection.measurement.sample_again import SampleAgain
    from dissection.measurement.unit_reading import UnitReading

_PASTED = "the picture from the clipboard"


class GivenPicture:
    """A picture that a person gave, known by its identity: to give a file again reads it anew.

    Attributes:
        name: what it is called in a sentence.
    """

    def __init__(self, source: Path | QImage) -> None:
        self._source = source
        self._own: OwnPicture | None = None
        self.name = source.name if isinstance(source, Path) else _PASTED

    def under(self, sample: "SampleAgain") -> "OwnPicture":
        """The picture under a network; for the thread of the sample alone."""
        if self._own is None or self._own.sample is not sample:
            from dissection.measurement.own_picture import OwnPicture

            given = self._source
            if isinstance(given, QImage):
                self._own = OwnPicture(
                    sample, to_array(given.convertToFormat(QImage.Format.Format_RGB888))
                )
            else:
                self._own = OwnPicture(sample, given)
        return self._own


@dataclass(frozen=True, eq=False)
class UnitOnPicture:
    """A unit on a picture of one's own.

    Attributes:
        view: to be drawn; without labels until the picture is segmented.
        reading: the figures.
        iou: with the unit's label on this picture; None where that is not defined or not known yet.
        segmented: whether the view has what the segmenter sees.
    """

    view: View
    reading: "UnitReading"
    iou: float | None
    segmented: bool


@dataclass(frozen=True, eq=False)
class OwnPictureQuestion(SampleQuestion):
    """A classifier's unit on a picture; answers are ``UnitOnPicture``.

    Attributes:
        layer: name.
        unit: number.
        picture: which.
    """

    layer: str
    unit: int
    picture: GivenPicture
    urgent: ClassVar[bool] = True  # one walks through units on it

    def steps(self, sample: "SampleAgain") -> Iterator[object]:
        """Without the segmentation first, unless that is known."""
        own = self.picture.under(sample)
        asked = self.layer, self.unit
        pixels, reading = own.thumbnail(VIEW_PX), own.read(*asked, VIEW_PX)
        if own.segmenter is None or not own.labeled:
            yield UnitOnPicture(
                view_of(pixels, reading.activations, reading.peak), reading, None, False
            )
        if own.segmenter is not None:
            seen = own.labels(VIEW_PX), own.segmenter.vocabulary
            view = view_of(pixels, reading.activations, reading.peak, *seen)
            yield UnitOnPicture(view, reading, own.iou(*asked), True)


class OwnPictures(QObject):
    """Which picture of one's own the units are tried on.

    Signals:
        changed: another one, or none.

    Attributes:
        picture: None for none.
    """

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.picture: GivenPicture | None = None

    def take(self, picture: GivenPicture | None) -> None:
        """Try the units on another picture, or on none."""
        self.picture = picture
        self.changed.emit()


def given_by(data: QMimeData) -> GivenPicture | None:
    """The one picture that a drag or the clipboard carries: a file, or pixels; None without."""
    urls = data.urls()
    path = Path(urls[0].toLocalFile()) if len(urls) == 1 else Path()
    if path.suffix.lower() in SUFFIXES | OTHER_SUFFIXES:
        return GivenPicture(path)
    if data.hasImage():
        image = data.imageData()
        if isinstance(image, QImage) and not image.isNull():
            return GivenPicture(image)
    return None
