"""The network and the pictures that a stored dissection of a classifier was made of, opened again.

Its provenance has the settings: which network, which pictures, which segmenter. Whatever differs
from what was dissected is refused.
"""

import random
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from torch import Tensor

from dissection.data.image_files import Crop, list_images, read_crop
from dissection.data.image_folder import listing_digest
from dissection.data.images import from_bytes
from dissection.data.labeled import LabeledSource
from dissection.data.sources import Source
from dissection.errors import BadInputError, DissectionError, StoreError
from dissection.measurement.label_choice import choose_labels
from dissection.measurement.settings import DissectionSettings, numbers
from dissection.models.classifiers.load import Network, load_network
from dissection.models.classifiers.preparation import with_own
from dissection.models.classifiers.transforms import takes_pictures
from dissection.models.segmenters.base import Segmenter
from dissection.models.segmenters.load import load_segmenter
from dissection.models.weights.files import network_digest
from dissection.results.dissection import Dissection

if TYPE_CHECKING:
    from dissection.runtime.progress import Report


class SamplePicture(NamedTuple):
    """A picture of the sample as a person finds it again.

    Attributes:
        name: what an ablation of the same pictures calls it; empty where it has no name.
        path: its file; None for one that is painted, or lies in an archive.
    """

    name: str
    path: Path | None


class SampleAgain:
    """What a dissection of a classifier was made of; each part is opened when it is asked for.

    Args:
        dissection: made by this program, of a network that takes pictures.
        folder: where its pictures are now; None looks where they were.
        report: told of the progress of looking at labeled pictures.

    Attributes:
        dissection: as given.
    """

    def __init__(
        self, dissection: Dissection, folder: Path | None = None, report: "Report | None" = None
    ) -> None:
        self.dissection = dissection
        self._folder = folder
        self._report = report

    @cached_property
    def network(self) -> Network:
        """The classifier, in eval mode; takes pictures of -1..1.

        Raises:
            UnknownNameError: it is not to be had by the name that the dissection tells.
            StoreError: it is another network than was dissected.
            ModelFileError: its file cannot be used.
        """
        said = self._told
        if said is None:  # another program's, which may be of a network that has a name here
            network = load_network(self.dissection.model)
        else:
            own = with_own(said.interpolation or "", numbers(said.mean), numbers(said.std))
            network = load_network(said.model, said.weights, own)
        if not network.takes and (said is None or said.normalize):
            takes_pictures(network.module, network.preparation.normalization)
        digest = str(getattr(network.module, "digest", "")) or network_digest(network.module)
        self.dissection.require_network(digest)
        return network

    @cached_property
    def source(self) -> Source:
        """The pictures of the sample, each at its place.

        Of a folder the list of files is compared and not what is in them: that would read them
        all. ``unit_views`` tells peaks, which are those of the dissection if a picture is the one
        that was dissected.

        Raises:
            StoreError: the dissection does not tell its settings, or is of a generator.
            BadInputError: the folder is gone, or holds other pictures than were dissected.
            Stopped: the report asked for it.
        """
        told = self.dissection.provenance.get("sample")
        sample: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
        if self._settings.labels is None:
            return _FolderAgain(self._where(), self._settings, sample)
        found = choose_labels(self.network, self._settings, self._report)
        if found.provenance["sha256"] != sample.get("sha256"):
            raise BadInputError(
                f"{self._settings.labels} holds other pictures or labels than were dissected."
            )
        return found

    def picture_at(self, row: int) -> SamplePicture:
        """Which picture a place of the sample is.

        Args:
            row: the place, from 0.

        Raises:
            DissectionError: the pictures cannot be opened again; see ``source``.
        """
        source = self.source
        if isinstance(source, _FolderAgain):
            return SamplePicture(source.names[row], source.folder / source.names[row])
        layouts = getattr(source, "layouts", ())
        return SamplePicture(str(layouts[row]) if layouts else "", None)

    @property
    def segmented(self) -> bool:
        """Whether a segmenter told where concepts are: not labels, nor another program."""
        return self._told is not None and self._told.pictured and self._told.labels is None

    @cached_property
    def segmenter(self) -> Segmenter:
        """What tells concepts apart: the labels themselves where pictures are labeled.

        Raises:
            StoreError: the dissection does not tell its settings, or is of a generator.
            UnknownNameError: it is not to be had by the name that the dissection tells.
            ModelFileError: its file cannot be used.
        """
        if self._settings.labels is not None:
            assert isinstance(self.source, LabeledSource), "labels come with their pictures"
            return self.source
        return load_segmenter(self._settings.segmenter or "storybook")

    @cached_property
    def _told(self) -> DissectionSettings | None:
        try:
            return DissectionSettings.from_json(self.dissection.provenance.get("settings"))
        except DissectionError:
            return None

    @property
    def _settings(self) -> DissectionSettings:
        if self._told is None:
            raise StoreError(
                f"The dissection of {self.dissection.model} does not tell how it was made, so that "
                "its pictures cannot be opened again; dissect with dissection dissect."
            )
        if not self._told.pictured:
            raise StoreError(f"{self.dissection.model} makes pictures and was shown none.")
        return self._told

    def _where(self) -> Path:
        where = self._folder or Path(self._settings.images or "").expanduser()
        if not where.is_dir():
            raise BadInputError(
                f"The pictures that {self.dissection.model} was dissected with were in "
                f"{self._settings.images}, and there is no such folder now; say where they are."
            )
        return where


class _FolderAgain:
    """Pictures of a folder whose list of files is the one that was dissected."""

    generates = False

    def __init__(self, folder: Path, settings: DissectionSettings, told: Mapping[str, Any]) -> None:
        names = list_images(folder).names
        if listing_digest(names) != told.get("listing"):
            raise BadInputError(
                f"{folder} holds other files than the {told.get('files', 'ones')} that were "
                "dissected; say where these are."
            )
        order = list(names)
        random.Random(settings.seed).shuffle(order)
        try:
            left_out = [str(line) for line in told["skipped"]["files"]]
            self._crop = Crop.from_json(told["crop"])
            size = int(told["size"])
        except (KeyError, TypeError, ValueError) as error:
            raise StoreError("The dissection does not tell its sample; dissect anew.") from error
        usable = [n for n in order if not any(line.startswith(f"{n}: ") for line in left_out)]
        self.folder, self.names = folder, usable[:size]
        self.provenance = dict(told)

    def __len__(self) -> int:
        return len(self.names)

    def inputs(self, rows: Sequence[int]) -> Tensor:
        pictures = np.stack([read_crop(self._crop, self.folder / self.names[row]) for row in rows])
        return from_bytes(pictures).contiguous()
