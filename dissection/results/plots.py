"""Plots of a dissection on matplotlib, for notebooks and papers. Free of torch.

matplotlib is imported with the first plot. Plots are drawn with pyplot, so that a notebook shows
them, and handed back as axes, to be changed and saved: ``axes.figure.savefig("units.pdf")``.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dissection.errors import BadInputError, UnknownNameError, printable
from dissection.results.brushes import Measured
from dissection.results.colors import category_color
from dissection.results.interpretable import INTERPRETABLE, count_categories, interpretable
from dissection.results.matching import bars_of, category_rank

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Concepts that the plot of a unit compares.
CONCEPTS = 5
#: Inches of a bar, and of what stands around the bars.
_BAR, _AROUND, _LEAST = 0.24, 1.6, 3.0


def literal(text: str) -> str:
    """A text that matplotlib shows as it is: names may hold dollars, which begin formulas there."""
    return printable(text).replace("$", r"\$")


@dataclass(frozen=True)
class Plots:
    """The plots of a dissection: ``dissection.plot.concepts()`` and so on.

    Attributes:
        dissection: what is plotted.
    """

    dissection: Measured

    def layers(self, min_iou: float = INTERPRETABLE, ax: "Axes | None" = None) -> "Axes":
        """Units of each layer that match a concept, stacked by category (Bau et al. 2020, S2).

        Args:
            min_iou: a unit matches its best concept above this IoU, from 0 to below 1.
            ax: where to draw; None makes a figure.

        Raises:
            BadInputError: ``min_iou`` is out of range.
        """
        counts = {
            name: {found.category: found.units for found in count_categories(layer, min_iou)[:-1]}
            for name, layer in self.dissection.items()
        }
        axes = _axes(ax, len(counts))
        names = list(counts)
        below = np.zeros(len(names))
        for category in sorted(self.dissection.vocabulary.categories, key=category_rank):
            units = np.array([counts[name][category] for name in names])
            if units.any():
                color = category_color(category)
                axes.bar(
                    list(map(literal, names)),
                    units,
                    bottom=below,
                    color=color,
                    label=literal(category),
                )
                below += units
        axes.set_ylabel(f"units that match (IoU > {min_iou:g})")
        axes.set_title(literal(self.dissection.model))
        axes.tick_params(axis="x", rotation=45)
        if below.any():
            axes.legend(title="category", fontsize="small")
        return axes

    def concepts(
        self, layer: str | None = None, min_iou: float = INTERPRETABLE, ax: "Axes | None" = None
    ) -> "Axes":
        """How many units of a layer match each concept, by category (Bau et al. 2020, 1D and 3D).

        Args:
            layer: name; None takes the one in which most units match a concept.
            min_iou: a unit matches its best concept above this IoU, from 0 to below 1.
            ax: where to draw; None makes a figure.

        Raises:
            UnknownNameError: no such layer.
            BadInputError: ``min_iou`` is out of range.
        """
        measured = self.dissection[self._layer(layer, min_iou)]
        bars = bars_of(measured, min_iou)
        axes = _axes(ax, len(bars))
        axes.bar(
            range(len(bars)),
            [count for _, count in bars],
            color=[category_color(concept.category) for concept, _ in bars],
        )
        axes.set_xticks(
            range(len(bars)), [literal(concept.name) for concept, _ in bars], rotation=90
        )
        axes.set_ylabel(f"units that match (IoU > {min_iou:g})")
        axes.set_title(literal(f"{self.dissection.model}, {measured.name}"))
        seen = dict.fromkeys(concept.category for concept, _ in bars)
        if seen:
            patches = [
                next(
                    patch
                    for patch, (concept, _) in zip(axes.patches, bars, strict=True)
                    if concept.category == category
                )
                for category in seen
            ]
            axes.legend(patches, list(map(literal, seen)), title="category", fontsize="small")
        return axes

    def unit(self, unit: int, layer: str | None = None) -> "tuple[Axes, Axes]":
        """One unit: the pictures that drive it hardest, and the concepts it matches best.

        Args:
            unit: its number, from 0.
            layer: name; None takes the one in which most units match a concept.

        Returns:
            Axes of the pictures, which say so where none are stored, and axes of the IoU.

        Raises:
            UnknownNameError: no such layer or unit.
        """
        import matplotlib.pyplot as plt

        measured = self.dissection[self._layer(layer, INTERPRETABLE)]
        if not 0 <= unit < measured.shape[0]:
            raise UnknownNameError(
                f"{measured.name} has the units 0 to {measured.shape[0] - 1}, not {unit}."
            )
        _, (shown, bars) = plt.subplots(
            2, 1, figsize=(7, 4), height_ratios=(1, 1.2), layout="constrained"
        )
        shown.set_axis_off()
        shown.set_title(literal(f"{self.dissection.model}, {measured.name}, unit {unit}"))
        if measured.pictures is None:
            shown.text(0.5, 0.5, "no pictures are stored", ha="center", va="center")
        else:
            shown.imshow(np.concatenate(list(measured.pictures[unit]), axis=1))
        iou = np.nan_to_num(measured.iou[:, unit])
        best = [index for index in np.argsort(-iou, kind="stable")[:CONCEPTS] if iou[index] > 0]
        concepts = [measured.vocabulary[int(index)] for index in best]
        bars.barh(
            range(len(best)),
            iou[best],
            color=[category_color(concept.category) for concept in concepts],
        )
        bars.set_yticks(range(len(best)), [literal(concept.name) for concept in concepts])
        bars.invert_yaxis()
        bars.axvline(INTERPRETABLE, color="gray", linestyle=":")
        bars.set_xlabel("IoU")
        return shown, bars

    def _layer(self, name: str | None, min_iou: float) -> str:
        if name is not None:
            return name
        if not self.dissection.layers:
            raise BadInputError(f"The dissection of {self.dissection.model} has no layers.")
        return max(
            self.dissection.layers,
            key=lambda layer: int(interpretable(self.dissection[layer], min_iou).sum()),
        )


def _axes(axes: "Axes | None", bars: int) -> "Axes":
    if axes is not None:
        return axes
    import matplotlib.pyplot as plt

    width = max(_LEAST, _AROUND + _BAR * bars)
    return plt.subplots(figsize=(width, 3.2), layout="constrained")[1]
