"""What was measured of one layer: thresholds, counts, labels, exemplars, effects. Free of torch."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dissection.errors import StoreError, UnknownNameError
from dissection.results.sheets import Sheets
from dissection.statistics.detector import Detectors
from dissection.statistics.histogram import Histogram
from dissection.statistics.relations import Clarity, Relations
from dissection.statistics.tally import HALVES, Counts, Tally
from dissection.vocabulary import Vocabulary


@dataclass(frozen=True, eq=False, repr=False)
class LayerDissection:
    """What was measured of one layer.

    What a result file of another program leaves out is None, or an array without rows or columns,
    or NaN where single figures are missing; it is never made up.

    Attributes:
        name: of the layer.
        shape: (C, h, w) of its output; C units. h and w are 0 where they are not known.
        threshold_names: such as ("0.99", "0.995", "raw-0.99"): shares of the positions that lie at
            or below the level, upsampled unless raw. The first is the level t_u of the IoU.
        threshold_table: float32 (threshold names, units), activations.
        tally: the counts behind the IoU; None where only the IoU is known.
        exemplars: int64 (units, images): places in the sample (rows of the standard latents)
            where the unit's peak is highest, best first.
        peaks: float32 (units, images): those peaks, activations.
        effect: float32 (concepts, units), or None where it was not measured: pixels of the
            concept that the unit's activation makes in a picture, to first order; signed.
        class_effect: float32 (classes, units), or None where it was not measured: how much of a
            class's logit the unit's activation makes, to first order; signed.
        class_ablation: float32 (classes, units), or None where it was not measured: what a
            classifier's balanced accuracy of the class gains when the unit is set to zero; below
            0 where the class needs the unit. NaN where a result file of another program does not
            tell it.
        pictures: ``pictures[unit]``, uint8 (images, size, size, 3): the exemplars, the region
            above t_u outlined and the rest dimmed; None where they are not stored.
        known_iou: float32 (concepts, units), NaN where it is not known; where there is no tally.
        histogram: how often each unit takes which activation; None where it was not counted.
        detectors: each unit as a detector of its label; None where that was not measured.
        relations: what relates the units to pictures, concepts and one another; None where that
            was not measured.
        clarity: how much of one thing their exemplars are; None where that was not measured.
        vocabulary: of the dissection that this is a part of; rows of every table.
    """

    name: str
    shape: tuple[int, int, int]
    threshold_names: tuple[str, ...]
    threshold_table: NDArray[np.float32]
    tally: Tally | None
    exemplars: NDArray[np.int64]
    peaks: NDArray[np.float32]
    effect: NDArray[np.float32] | None = None
    class_effect: NDArray[np.float32] | None = None
    class_ablation: NDArray[np.float32] | None = None
    pictures: Sheets | None = None
    known_iou: NDArray[np.float32] | None = None
    histogram: Histogram | None = None
    detectors: Detectors | None = None
    relations: Relations | None = None
    clarity: Clarity | None = None
    vocabulary: Vocabulary = field(default_factory=lambda: Vocabulary(()))

    def __repr__(self) -> str:
        units, height, width = self.shape
        maps = f" of {height} x {width} cells" if height else ""
        return (
            f"<LayerDissection {self.name}: {units} units{maps}, {len(self.vocabulary)} concepts>"
        )

    @property
    def activation_threshold(self) -> NDArray[np.float32]:
        """t_u, float32 (units,): the activation that a unit exceeds at the top 1 % of positions.

        Raises:
            StoreError: the result file does not tell levels.
        """
        if not self.threshold_names:
            raise StoreError(
                f"The levels of {self.name} are not in the file that this was read from; dissect "
                "the network with dissection dissect."
            )
        levels: NDArray[np.float32] = self.threshold_table[0]
        return levels

    def activation_threshold_at(self, name: str | None = None) -> NDArray[np.float32]:
        """The levels of one definition, float32 (units,); None for the first.

        Raises:
            UnknownNameError: not one of ``threshold_names``.
        """
        if name is None:
            return self.activation_threshold
        if name not in self.threshold_names:
            raise UnknownNameError(
                f"There is no level '{name}'; this dissection has "
                f"{', '.join(self.threshold_names)}."
            )
        levels: NDArray[np.float32] = self.threshold_table[self.threshold_names.index(name)]
        return levels

    @property
    def counts(self) -> Tally:
        """The tally.

        Raises:
            StoreError: only the IoU is known.
        """
        if self.tally is None:
            raise StoreError(
                f"The pixel counts of {self.name} are not in the file that this was read from; "
                "dissect the network with dissection dissect."
            )
        return self.tally

    @cached_property
    def iou(self) -> NDArray[np.float32]:
        """IoU(u, c), float32 (concepts, units), 0..1; row 0, nothing, is 0.

        NaN where a result file of another program does not tell it.
        """
        if self.known_iou is not None:
            return self.known_iou
        return self.counts.iou().astype(np.float32)

    @cached_property
    def labels(self) -> NDArray[np.int64]:
        """Each unit's best concept, int64 (units,): an index, ties to the lower; 0 if none."""
        labels: NDArray[np.int64] = np.nan_to_num(self.iou, nan=-1.0).argmax(0)
        return labels

    @property
    def label_iou(self) -> NDArray[np.float32]:
        """Each unit's IoU with its label, float32 (units,); 0 without a label."""
        iou: NDArray[np.float32] = np.nan_to_num(self.iou).max(0)
        return iou

    def held_out(self) -> "HeldOut":
        """How the labels do on each half of the sample.

        Raises:
            StoreError: only the IoU is known.
        """
        tables = [self.counts.iou(half).astype(np.float32) for half in range(HALVES)]
        units = np.arange(len(self.labels))
        return HeldOut(
            self.labels,
            np.stack([table.argmax(0) for table in tables]),
            np.stack([table[self.labels, units] for table in tables]),
        )

    def area_share(self) -> NDArray[np.float64]:
        """Each concept's area, as a share of the sample's pixels: float64 (concepts,), 0..1.

        Of the pixels that count for its category, where labels leave some out.

        Raises:
            StoreError: only the IoU is known.
        """
        return self.counts.area_share()

    def ceiling(self) -> NDArray[np.float64]:
        """The highest IoU that is possible, float64 (concepts, units), 0..1.

        A unit that is above its level on a share q of the pixels can match a concept of area a
        no better than min(q, a) / max(q, a), by lying within it or around it: with levels at the
        top 1 % a concept that covers a third of the pictures has IoU of at most 0.03. 0 where the
        unit never fires or the concept never occurs.

        Raises:
            StoreError: only the IoU is known.
        """
        counts = self.counts
        activated = counts.activated.sum(0)[np.maximum(counts.categories, 0)]
        area = np.broadcast_to(counts.area.sum(0)[:, None], activated.shape)
        more = np.maximum(activated, area)
        ceiling = np.zeros(more.shape, np.float64)
        np.divide(np.minimum(activated, area), more, out=ceiling, where=more > 0)
        ceiling[counts.categories < 0] = 0.0
        return ceiling


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Each unit's label on the two halves of the sample: the images at even and at odd places.

    A label is the best of many concepts on the whole sample, and that is partly luck: what chose
    it flatters it. So the half on which the label does better is taken for the one that chose it,
    and the other half judges it. Nothing else is averaged in: neither another concept that a half
    would have chosen, nor the half that speaks for the label. Levels are those of the whole sample,
    which know nothing of concepts.

    Attributes:
        label: int64 (units,): the label that is judged, ``LayerDissection.labels``; 0 if none.
        labels: int64 (2, units): what each half alone would choose, ties to the lower; 0 if none.
        by_half: float32 (2, units): the label's IoU on each half, 0..1; 0 on a half that shows
            neither the unit nor the concept.
    """

    label: Counts
    labels: Counts
    by_half: NDArray[np.float32]

    @property
    def iou(self) -> NDArray[np.float32]:
        """Float32 (units,), 0..1: the held-out IoU of the label, never above its IoU.

        The lower of its IoU on the two halves, each counted over all images of the half.
        """
        lower: NDArray[np.float32] = self.by_half.min(0)
        return lower

    @property
    def agree(self) -> NDArray[np.bool_]:
        """Whether both halves alone choose the label, bool (units,); False without a label."""
        agree: NDArray[np.bool_] = (self.labels == self.label).all(0) & (self.label > 0)
        return agree
