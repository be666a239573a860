"""What the ablation of a layer found. Free of torch, so that the window can show it at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.errors import UnknownNameError
from dissection.interventions.ablation.accuracy import Counts, Flips, count, taken_for
from dissection.interventions.ablation.sets import POINTS, UnitSets, ranking
from dissection.results.dissection import Dissection
from dissection.statistics.ranks import spearman

#: For how many of each class's most important units it is told whose they are (figure S4c-f).
TOP_NUMBERS = (2, 3, 4, 5)


@dataclass(frozen=True, eq=False)
class UnitFigures:
    """Each unit taken out alone, on one sample.

    Attributes:
        counts: of 1 + C settings: the whole network, then without each unit.
        changed: int64 (C,): pictures on which taking out the unit changes any logit.
        close: int64 (1 + C,): decisions that rounding might turn: the two highest logits differ by
            less than 1e-4 of the largest.
    """

    counts: Counts
    changed: NDArray[np.int64]
    close: NDArray[np.int64]

    @cached_property
    def importance(self) -> NDArray[np.float64]:
        """Balanced accuracy that each class loses without each unit, float64 (K, C).

        Below 0 where it gains; NaN for a class without pictures.
        """
        accuracy = self.counts.balanced
        return (accuracy[:1] - accuracy[1:]).T

    @property
    def baseline(self) -> NDArray[np.float64]:
        """Balanced accuracy of each class with all units, float64 (K,)."""
        first: NDArray[np.float64] = self.counts.balanced[0]
        return first


@dataclass(frozen=True, eq=False)
class Curves:
    """A class's accuracy over the number of units taken out, for chosen classes (figure 2c).

    Attributes:
        classes: int32 (O,): which.
        hits: int64 (O, 2, C - 1): pictures of the class that are recognized without 1, 2 ...
            C - 1 units: the most important ones first, or the least.
        taken: the same: pictures that are taken for the class.
        right: the same: pictures of all classes that are recognized.
    """

    classes: NDArray[np.int32]
    hits: NDArray[np.int64]
    taken: NDArray[np.int64]
    right: NDArray[np.int64]

    def balanced(self, sizes: NDArray[np.int64]) -> NDArray[np.float64]:
        """Balanced accuracy of each chosen class, float64 (O, 2, C - 1).

        Args:
            sizes: int64 (K,), pictures of each class.
        """
        own = sizes[self.classes][:, None, None]
        with np.errstate(invalid="ignore", divide="ignore"):
            recall = self.hits / own
            wrong = (self.taken - self.hits) / (sizes.sum() - own)
        balanced: NDArray[np.float64] = (recall + 1 - wrong) / 2
        return balanced


@dataclass(frozen=True, eq=False)
class Ablation:
    """Which classes of a network need which units of a layer.

    Units are ranked on training pictures, and everything is judged on held-out ones.

    Attributes:
        model: name of the network.
        layer: whose units.
        classes: K names, in the order of the logits.
        training: units taken out alone, on training pictures.
        held_out: the same on held-out ones.
        names: of the held-out pictures; none where they have no names.
        targets: int32 (N,): classes of the held-out pictures.
        before: int32 (N,): what the whole network takes them for.
        flips: which held-out pictures are taken for another class without which unit.
        correlation: float32 (K, C): Pearson's, over held-out pictures, of a unit's peak
            with a class's probability; NaN where either is constant.
        class_effect: float32 (K, C): what the gradient estimates, see ``class_effect``; None where
            that was not measured.
        sets: the sets of units that were taken out.
        set_predicted: int16 or int32 (N, S): what the held-out pictures are taken for without them.
        curves: of chosen classes.
        provenance: what made it, plain JSON values.
    """

    model: str
    layer: str
    classes: tuple[str, ...]
    training: UnitFigures
    held_out: UnitFigures
    names: tuple[str, ...]
    targets: NDArray[np.int32]
    before: NDArray[np.int32]
    flips: Flips
    correlation: NDArray[np.float32]
    class_effect: NDArray[np.float32] | None
    sets: UnitSets
    set_predicted: NDArray[Any]
    curves: Curves
    provenance: Mapping[str, Any]

    @property
    def units(self) -> int:
        """C, how many units the layer has."""
        return len(self.training.changed)

    @property
    def importance(self) -> NDArray[np.float64]:
        """Accuracy that each class loses without each unit, float64 (K, C), -1..1.

        Balanced, on training pictures; below 0 where it gains, NaN of a class without pictures.
        """
        return self.training.importance

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Units of each class, the most important first: int64 (K, C)."""
        return ranking(self.importance)

    @property
    def silent(self) -> NDArray[np.bool_]:
        """Units that change nothing on any picture of either sample when they are taken out.

        Nothing is known of what they are for, which is something else than being unimportant.
        """
        silent: NDArray[np.bool_] = (self.training.changed + self.held_out.changed) == 0
        return silent

    def needed_by(self, number: int = 4) -> NDArray[np.bool_]:
        """Whether a unit is among the most important ones of a class, bool (K, C).

        Args:
            number: so many of each class, as far as it loses anything without them.
        """
        found = np.zeros((len(self.classes), self.units), np.bool_)
        np.put_along_axis(found, self.order[:, :number], True, axis=1)
        return found & (np.nan_to_num(self.importance) > 0)

    @cached_property
    def set_counts(self) -> Counts:
        """Decisions without the sets, counted over held-out pictures."""
        return count(self.set_predicted, self.targets, len(self.classes))

    def without(self, kind: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Accuracies when each class's own set of a kind is taken out.

        Args:
            kind: such as "without 20", one of ``sets.kinds`` that is not random.

        Returns:
            Balanced accuracy of each class without its set, float64 (K,); and the accuracy over
            all classes then, float64 (K,).

        Raises:
            UnknownNameError: there are no such sets.
        """
        rows = self._rows(kind)
        return self.set_counts.balanced[rows, self.sets.of[rows]], self.set_counts.plain[rows]

    def control(self, kind: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The same for random sets of equal size.

        Returns:
            Balanced accuracies, float64 (draws, K), and over all classes, float64 (draws,).

        Raises:
            UnknownNameError: there are no such sets.
        """
        rows = self._rows(f"random: {kind}")
        return self.set_counts.balanced[rows], self.set_counts.plain[rows]

    def curve(self, name: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """A chosen class's accuracy over the number of units taken out.

        Returns:
            Balanced accuracy, float64 (2, C), and accuracy over all classes, float64 (2, C):
            without 0, 1 ... C - 1 units, the most important ones first, or the least.

        Raises:
            UnknownNameError: no such class, or not one of those chosen.
        """
        number = self.class_number(name)
        places = np.flatnonzero(self.curves.classes == number)
        if not len(places):
            raise UnknownNameError(
                f"No curve was measured for '{name}'; choose it with --curves and ablate again."
            )
        sizes = self.held_out.counts.sizes
        balanced = self.curves.balanced(sizes)[places[0]]
        plain = self.curves.right[places[0]] / sizes.sum()
        first = np.full((2, 1), self.held_out.baseline[number])
        whole = np.full((2, 1), self.held_out.counts.plain[0])
        return np.hstack([first, balanced]), np.hstack([whole, plain])

    def points(self, name: str) -> dict[int, tuple[float, float]]:
        """For 1, 2, 3, 5, 64, 128 and 256 units: accuracy without them, and with only them.

        Raises:
            UnknownNameError: as ``curve``.
        """
        (without, least), _ = self.curve(name)
        return {
            n: (float(without[n]), float(least[self.units - n])) for n in POINTS if n < self.units
        }

    def class_number(self, name: str) -> int:
        """Place of a class.

        Raises:
            UnknownNameError: no such class.
        """
        if name not in self.classes:
            raise UnknownNameError(
                f"There is no class '{name}'; the network has {', '.join(self.classes)}."
            )
        return self.classes.index(name)

    @cached_property
    def taken_for(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """What most of the pictures that a class loses without a unit are taken for.

        Of held-out pictures; see ``accuracy.taken_for``: int32 (K, C) classes, -1 for none, and
        how many go there.
        """
        return taken_for(self.flips, self.before, self.targets, self.units, len(self.classes))

    @cached_property
    def agreement(self) -> NDArray[np.float64] | None:
        """Spearman's rank correlation of the gradient's estimate with what was lost, (K,).

        Over the units of each class, on training pictures; NaN where either is constant; None
        where the estimate was not made.
        """
        if self.class_effect is None:
            return None
        pairs = zip(self.class_effect, self.importance, strict=True)
        found = [spearman(effect, lost) for effect, lost in pairs]
        return np.array([np.nan if value is None else value for value in found])

    def among(self, places: Sequence[int] | NDArray[np.integer]) -> "Ablation":
        """The same judged on some of the held-out pictures, such as those of one season.

        Args:
            places: whole numbers (M,), places of held-out pictures, each once, in any order.

        Returns:
            Its training figures, correlations, counts of changed and close decisions, and curves
            are those of all.
        """
        chosen = np.sort(np.asarray(places, np.int64))
        sizes = np.bincount(self.targets[chosen], minlength=len(self.classes)).astype(np.int64)
        place = np.full(len(self.targets), -1, np.int32)
        place[chosen] = np.arange(len(chosen))
        here = place[self.flips.images] >= 0
        flipped = Flips(
            place[self.flips.images[here]], self.flips.settings[here], self.flips.after[here]
        )
        targets, before = self.targets[chosen], self.before[chosen]
        counts = _count_flips(flipped, before, targets, self.units, sizes)
        return replace(
            self,
            held_out=replace(self.held_out, counts=counts),
            names=tuple(self.names[n] for n in chosen) if self.names else (),
            targets=targets,
            before=before,
            flips=flipped,
            set_predicted=self.set_predicted[chosen],
        )

    def into(self, dissection: Dissection) -> Dissection:
        """A dissection of the same network, with the classes that need its units.

        Raises:
            StoreError: it is of another network.
            UnknownNameError: it does not have the layer.
        """
        dissection.require_network(str(self.provenance["network"]))
        layer = dissection[self.layer]
        table = (-self.importance).astype(np.float32)
        measured = {
            **dissection.measured,
            self.layer: replace(layer, class_ablation=table),
        }
        return replace(dissection, measured=measured, classes=self.classes)

    def _rows(self, kind: str) -> NDArray[np.int64]:
        rows = self.sets.named(kind)
        if not len(rows):
            raise UnknownNameError(
                f"No sets '{kind}' were taken out; there are {', '.join(self.sets.kinds)}."
            )
        return rows


def _count_flips(
    flips: Flips,
    before: NDArray[np.int32],
    targets: NDArray[np.int32],
    units: int,
    sizes: NDArray[np.int64],
) -> Counts:
    """Decisions of the whole network and without each unit, from those that become others."""
    classes = len(sizes)
    whole = count(before[:, None], targets, classes)
    hits = np.repeat(whole.hits, 1 + units, axis=0)
    taken = np.repeat(whole.taken, 1 + units, axis=0)
    rows, was, now = flips.settings + 1, before[flips.images], flips.after
    of = targets[flips.images]
    np.subtract.at(taken, (rows, was), 1)
    np.add.at(taken, (rows, now), 1)
    np.subtract.at(hits, (rows[was == of], was[was == of]), 1)
    np.add.at(hits, (rows[now == of], now[now == of]), 1)
    return Counts(sizes, hits, taken)
