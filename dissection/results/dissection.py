"""A dissection in memory: what was measured of the layers of one network. Free of torch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import StoreError, UnknownNameError
from dissection.results.brushes import MeasuredBrush, measured_brushes
from dissection.results.frames import Table, to_pandas, to_xarray
from dissection.results.layer_dissection import LayerDissection
from dissection.results.overview import overview_html, overview_text
from dissection.results.plots import Plots
from dissection.results.strength import Strength
from dissection.runtime.choices import BrushOrder
from dissection.vocabulary import Concept, Vocabulary

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

#: Height and width of a concept's picture.
PICTURE_SIZE = 96
#: A gray level 0..255, where there is no picture.
GRAY = 128
#: Of the maps of labels, px: what no sample has is not asked memory for.
_LARGEST_GRID = 4096


class UnknownLayerError(UnknownNameError, KeyError):
    """A dissection has no layer of this name; ``in`` and ``get`` ask by it, as of any mapping."""


@dataclass(frozen=True, eq=False, repr=False)
class Dissection(Mapping[str, LayerDissection]):
    """The stored result of measuring layers of one network; maps a layer's name to its part.

    Attributes:
        model: name of the network.
        vocabulary: the segmenter's concepts; rows of every table.
        measured: the layers' parts, in the order of the network.
        provenance: what made it: ``network`` (SHA-256 of its file), ``sample``, ``segmenter``,
            ``levels``, ``versions``, ``command``; plain JSON values.
        strengths: what brushes did to held-out pictures.
        pictures: a crop that shows the concept, uint8 (96, 96, 3), for concepts that have one.
        classes: names of a classifier's classes, rows of ``class_effect`` and
            ``class_ablation``.
    """

    model: str
    vocabulary: Vocabulary
    measured: Mapping[str, LayerDissection]
    provenance: Mapping[str, Any]
    strengths: Sequence[Strength] = ()
    pictures: Mapping[Concept, NDArray[np.uint8]] = field(default_factory=dict)
    classes: Sequence[str] = ()

    def __post_init__(self) -> None:
        parts = {
            name: layer
            if layer.vocabulary is self.vocabulary
            else replace(layer, vocabulary=self.vocabulary)
            for name, layer in self.measured.items()
        }
        object.__setattr__(self, "measured", parts)

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers, in the order of the network."""
        return tuple(self.measured)

    @property
    def threshold_names(self) -> tuple[str, ...]:
        """Names of the level definitions, the one of the IoU first."""
        return next(iter(self.measured.values())).threshold_names

    def __getitem__(self, name: str) -> LayerDissection:
        try:
            return self.measured[name]
        except KeyError:
            raise UnknownLayerError(
                f"The dissection of {self.model} has no layer '{name}'; "
                f"it has {', '.join(self.measured)}."
            ) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self.measured)

    def __len__(self) -> int:
        return len(self.measured)

    def __repr__(self) -> str:
        return overview_text(self)

    def _repr_html_(self) -> str:
        """What a notebook shows: the layers as a table, and pictures of the best units."""
        return overview_html(self)

    def brushes(
        self,
        k: int | None = None,
        order: BrushOrder = "best",
        layer: str | None = None,
        level: str | None = None,
        boost: float | None = None,
    ) -> list[MeasuredBrush]:
        """One brush for each concept; see ``dissection.results.brushes.measured_brushes``."""
        return measured_brushes(self, k, order, layer, level, boost)

    def to_pandas(self, table: Table = "units") -> "pd.DataFrame":
        """One of the dissection's tables as a data frame; cells that were not measured are NaN.

        Args:
            table: "units" has a row for each unit of each layer, "concepts" one for each concept
                that any unit has to do with (both with the columns of ``dissection export --csv``),
                "brushes" one for each concept's brush, with what it did to held-out pictures.

        Raises:
            BadInputError: another table, or pandas is not installed.
            StoreError: brushes of a result file that does not tell levels.

        Example: the units of a layer that match trees, the best first.
            >>> from dissection.results.store import load_dissection
            >>> from dissection.runtime.resources import resource
            >>> units = load_dissection(resource("dissections/storybook-church")).to_pandas()
            >>> trees = units.query("layer == 'layer4' and label == 'tree' and matches")
            >>> trees.sort_values("iou", ascending=False).unit.head(2).tolist()
            [210, 17]
        """
        return to_pandas(self, table)

    def to_xarray(self) -> "xr.Dataset":
        """The arrays of all layers as one dataset, their units along one dimension.

        Returns:
            ``iou`` and ``effect`` (concept, unit), 0..1 and pixels; ``class_effect`` and
            ``class_ablation`` (class, unit); ``activation_threshold`` (level, unit);
            ``exemplars`` and ``peaks`` (unit, image). What no layer has is left out; what one layer
            lacks is NaN there, or -1 in ``exemplars``. Coordinates ``layer`` and ``number`` tell
            of each unit which it is, and ``category`` of each concept.

        Raises:
            BadInputError: xarray is not installed.

        Example: the mean IoU with trees, layer by layer.
            >>> from dissection.results.store import load_dissection
            >>> from dissection.runtime.resources import resource
            >>> arrays = load_dissection(resource("dissections/storybook-church")).to_xarray()
            >>> arrays.iou.sel(concept="tree").groupby("layer").mean().sizes
            Frozen({'layer': 12})
        """
        return to_xarray(self)

    @property
    def plot(self) -> Plots:
        """Plots on matplotlib: ``plot.layers()``, ``plot.concepts()``, ``plot.unit(7)``."""
        return Plots(self)

    def picture(self, concept: Concept) -> NDArray[np.uint8]:
        """A crop that shows the concept, uint8 (96, 96, 3); plain gray where there is none."""
        plain = np.full((PICTURE_SIZE, PICTURE_SIZE, 3), GRAY, np.uint8)
        return self.pictures.get(concept, plain)

    @property
    def network(self) -> str:
        """SHA-256 of the network that was dissected; empty where the result does not tell it."""
        return str(self.provenance.get("network") or "")

    def is_of(self, digest: str) -> bool:
        """Whether it is of the network with this SHA-256; of one that nobody knows it never is."""
        return bool(digest) and digest == self.network

    @property
    def segmenter_name(self) -> str:
        """What the sample was labeled by, for sentences."""
        told = self.provenance.get("segmenter")
        return str(told.get("name", "not told")) if isinstance(told, Mapping) else "not told"

    def label_grid(self) -> int:
        """Side of the maps that labels and units were compared on, 1 to 4096 px.

        Raises:
            StoreError: the provenance does not tell it, as that of other programs' results.
        """
        told = self.provenance.get("levels")
        grid = told.get("grid") if isinstance(told, Mapping) else None
        if type(grid) is not int or not 1 <= grid <= _LARGEST_GRID:
            raise StoreError(
                f"The dissection of {self.model} does not tell on which grid it was counted; "
                "dissect the network anew."
            )
        return grid

    def require_segmenter(self, digest: str, vocabulary: Vocabulary) -> None:
        """Raise a StoreError unless a segmenter is the one that the sample was labeled by.

        Args:
            digest: of the segmenter at hand.
            vocabulary: its concepts, which decide where the dissection does not tell a digest:
                rows of its tables would be taken for other concepts.
        """
        told = self.provenance.get("segmenter")
        known = told.get("digest") if isinstance(told, Mapping) else None
        if vocabulary != self.vocabulary or (known and digest != known):
            raise StoreError(
                f"The dissection of {self.model} was made with another segmenter, "
                f"{self.segmenter_name}; name that one with --segmenter."
            )

    def require_network(self, digest: str) -> None:
        """Raise a StoreError unless the network's file is the one that was dissected."""
        if not self.network:
            raise StoreError(
                f"The result file of {self.model} does not tell which network it is of, so nothing "
                "can be painted with it; dissect the network with dissection dissect."
            )
        if not self.is_of(digest):
            raise StoreError(
                f"This dissection was made of a network {self.model} with SHA-256 "
                f"{self.network[:12]}..., and the one at hand has {digest[:12]}...; dissect it "
                "anew."
            )
