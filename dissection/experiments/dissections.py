"""Dissections that experiments read, by name. Free of torch."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import BadInputError
from dissection.results.dissection import Dissection
from dissection.results.interpretable import INTERPRETABLE
from dissection.results.layer_dissection import LayerDissection
from dissection.results.store import load_dissection
from dissection.runtime.files import user_path
from dissection.runtime.resources import bundled_dissections, resource


def find_dissection(name: str) -> Dissection:
    """A dissection that ships, by its name, or one in a folder.

    Raises:
        BadInputError: there is neither; the sentence tells which ship.
        StoreError: it is damaged.
    """
    folder = user_path(name)
    if folder.exists():
        return load_dissection(folder)
    if name in bundled_dissections():
        return load_dissection(resource(f"dissections/{name}"))
    raise BadInputError(
        f"There is no dissection '{name}': it is no folder, and those that ship are "
        f"{', '.join(bundled_dissections())}; make one with dissection dissect."
    )


def chosen_layers(dissection: Dissection, names: tuple[str, ...]) -> list[str]:
    """Layers that were asked for, in the order of the network; all where none was.

    Raises:
        UnknownNameError: the dissection lacks one; the sentence lists the layers.
    """
    for name in names:
        dissection[name]
    return [name for name in dissection.layers if not names or name in names]


@dataclass(frozen=True, eq=False)
class UnitLabels:
    """What the units of a layer match, for tables and figures.

    Attributes:
        names: of each unit's best concept; "" where nobody knows.
        categories: of those.
        iou: float64 (units,): IoU with it; NaN where nobody knows.
        layer: where it was read from; None where nobody knows.
    """

    names: tuple[str, ...]
    categories: tuple[str, ...]
    iou: NDArray[np.float64]
    layer: LayerDissection | None = None

    def text(self, unit: int) -> str:
        """A unit for a reader, such as "117 snow"; in brackets what it hardly matches."""
        name = self.names[unit]
        if not name:
            return f"{unit}"
        return f"{unit} {name}" if self.iou[unit] > INTERPRETABLE else f"{unit} ({name})"

    def row(self, unit: int) -> dict[str, Any]:
        """The cells ``concept``, ``category`` and ``iou`` of a unit's row."""
        return {
            "concept": self.names[unit],
            "category": self.categories[unit],
            "iou": float(self.iou[unit]),
        }


def require_labels(name: str, layer: str, network: str) -> LayerDissection | None:
    """A layer of a dissection that was named: what cannot be is refused before the work.

    Args:
        name: of a dissection, see ``find_dissection``; "" names none.
        layer: that it has to have.
        network: SHA-256 of the network that it has to be of.

    Raises:
        BadInputError: there is no such dissection, or it has not this layer.
        StoreError: it is damaged, or of another network.
    """
    if not name:
        return None
    dissection = find_dissection(name)
    dissection.require_network(network)
    if layer not in dissection.layers:
        raise BadInputError(
            f"The dissection {name} has no layer '{layer}'; it has {', '.join(dissection.layers)}."
        )
    return dissection[layer]


def unit_labels(name: str, layer: str, network: str, units: int) -> UnitLabels:
    """What the units of a layer match.

    Args:
        name: of a dissection, see ``find_dissection``; "" takes one that ships of the same network
            and layer, and where there is none, nobody knows.
        layer: whose units.
        network: SHA-256 of the network at hand.
        units: how many the layer has.

    Raises:
        BadInputError: there is no such dissection, or it has not this layer.
        StoreError: it is damaged, or of another network.
    """
    measured = require_labels(name, layer, network)
    if not name:
        for known in map(find_dissection, bundled_dissections()):
            if layer in known.layers and known.is_of(network):
                measured = known[layer]
                break
    if measured is None:
        empty = ("",) * units
        return UnitLabels(empty, empty, np.full(units, np.nan))
    concepts = [measured.vocabulary[index] for index in measured.labels.tolist()]
    matched = measured.labels > 0
    return UnitLabels(
        tuple(c.name if there else "" for c, there in zip(concepts, matched, strict=True)),
        tuple(c.category if there else "" for c, there in zip(concepts, matched, strict=True)),
        measured.label_iou.astype(np.float64),
        measured,
    )
