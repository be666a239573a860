"""Formulas of concepts that explain a unit: beam search over what its pixels show.

Mu and Andreas 2020 ("Compositional Explanations of Neurons"): a unit's best explanation among
concepts joined by "and", "or" and "and not", by IoU. Whether a pixel fulfills a formula depends on
nothing but its set of concepts, and a sample shows few different sets; so each unit is counted once
over the sets, and every formula's IoU is exact and costs two sparse products, whatever the number
of pixels.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Operation = Literal["", "or", "and", "and not"]
OPERATIONS: tuple[Operation, ...] = ("or", "and", "and not")
Counts = NDArray[np.int64]


@dataclass(frozen=True)
class Term:
    """One concept of a formula, and how it is joined to those before it.

    Attributes:
        operation: "" for the first.
        concept: index into the vocabulary.
    """

    operation: Operation
    concept: int


#: With which sets fulfill it, bool (sets,).
_Formula = tuple[tuple[Term, ...], NDArray[np.bool_]]


@dataclass(frozen=True)
class Explanation:
    """The best formula of some length for a unit.

    Attributes:
        terms: read from the left: ((first joined with second) joined with third).
        iou: on the images it was searched on.
        held_out: on the others.
    """

    terms: tuple[Term, ...]
    iou: float
    held_out: float


@dataclass(frozen=True, eq=False)
class SetCounts:
    """A sample's pixels by their set of concepts.

    Attributes:
        members: int64 (sets, K), the concepts of each set; 0 and below are nothing.
        area: int64 (2, sets): pixels of the images of even place, and of odd.
        units: int64 (2, units, sets): those of them that are above each unit's level.
    """

    members: Counts
    area: Counts
    units: Counts


def search(counts: SetCounts, unit: int, length: int, beam: int = 10) -> list[Explanation]:
    """The best formula of each length up to ``length``, searched on the images of even place.

    Args:
        counts: of the sample.
        unit: its number.
        length: concepts of a formula, at least 1.
        beam: formulas that are kept of each length.

    Returns:
        At most ``length`` of them, shorter first; each is the best of its length, which may be
        worse than a shorter one. None where the unit is never on.
    """
    member_of = _memberships(counts.members)
    area = counts.area.astype(np.float64)
    on = counts.units[:, unit].astype(np.float64)
    if not on[0].any():
        return []
    whole = on.sum(1)
    alone = _ious(on[0] @ member_of, area[0] @ member_of, whole[0])
    alone[0] = -1.0
    kept: list[_Formula] = [
        ((Term("", int(concept)),), _column(member_of, int(concept)))
        for concept in np.argsort(-alone, kind="stable")[:beam]
        if alone[concept] > 0
    ]
    found = []
    for place in range(length):
        if not kept:
            break
        if place:
            kept = _longer(kept, member_of, on[0], area[0], whole[0], beam)
        terms, holds = kept[0]
        even, odd = (
            _iou(float(on[half] @ holds), float(area[half] @ holds), whole[half])
            for half in range(2)
        )
        found.append(Explanation(terms, even, odd))
    return found


def in_words(terms: tuple[Term, ...], names: list[str]) -> str:
    """A formula as text.

    Example:
        >>> in_words((Term("", 1), Term("or", 2), Term("and not", 3)), ["-", "tree", "bush", "sky"])
        '(tree or bush) and not sky'
    """
    told = ""
    for place, term in enumerate(terms):
        if place > 1:
            told = f"({told})"
        told = f"{told} {term.operation} {names[term.concept]}".strip()
    return told


def number_sets(labels: NDArray[np.integer]) -> tuple[NDArray[np.int64], Counts]:
    """The different sets of concepts of some pixels, numbered.

    Args:
        labels: integers (K, pixels); 0 and below are nothing.

    Returns:
        int64 (pixels,), which set each has, and int64 (sets, K), what they are.
    """
    number = np.zeros(labels.shape[1], np.int64)
    members = np.zeros((1, 0), np.int64)
    for channel in np.maximum(labels, 0).astype(np.int64):
        most = int(channel.max(initial=0)) + 1
        codes, number = np.unique(number * most + channel, return_inverse=True)
        members = np.column_stack([members[codes // most], codes % most])
    return number, members


def _memberships(members: Counts) -> csr_array:
    """Which sets have which concepts: 0 or 1, (sets, concepts)."""
    rows, channels = np.nonzero(members > 0)
    concepts = members[rows, channels]
    pairs = np.unique(np.column_stack([rows, concepts]), axis=0)
    shape = len(members), int(members.max(initial=0)) + 1
    return csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=shape)


def _column(member_of: csr_array, concept: int) -> NDArray[np.bool_]:
    column: NDArray[np.bool_] = member_of[:, [concept]].toarray()[:, 0] > 0
    return column


def _longer(
    kept: list[_Formula],
    member_of: csr_array,
    on: NDArray[np.float64],
    area: NDArray[np.float64],
    whole: float,
    beam: int,
) -> list[_Formula]:
    """The best formulas that are one concept longer than those kept."""
    holds = np.stack([mask for _, mask in kept]).astype(np.float64)
    both, both_area = (holds * on) @ member_of, (holds * area) @ member_of
    own, own_area = (holds @ on)[:, None], (holds @ area)[:, None]
    other, other_area = on @ member_of, area @ member_of
    scores = np.stack(
        [
            _ious(own + other - both, own_area + other_area - both_area, whole),
            _ious(both, both_area, whole),
            _ious(own - both, own_area - both_area, whole),
        ]
    )
    scores[:, :, 0] = -1
    for n, (terms, _) in enumerate(kept):  # a concept says nothing the second time
        scores[:, n, [term.concept for term in terms]] = -1
    chosen: list[_Formula] = []
    seen: set[bytes] = set()
    for flat in np.argsort(-scores, axis=None, kind="stable"):
        operation, n, concept = (int(i) for i in np.unravel_index(flat, scores.shape))
        if scores[operation, n, concept] < 0 or len(chosen) == beam:
            break
        terms, mask = kept[n]
        named = _column(member_of, concept)
        joined = (mask | named, mask & named, mask & ~named)[operation]
        if joined.tobytes() not in seen:  # the same pixels by other words
            seen.add(joined.tobytes())
            chosen.append(((*terms, Term(OPERATIONS[operation], concept)), joined))
    return chosen


def _ious(
    both: NDArray[np.float64], area: NDArray[np.float64], whole: float
) -> NDArray[np.float64]:
    iou: NDArray[np.float64] = both / np.maximum(whole + area - both, 1)
    return iou


def _iou(both: float, area: float, whole: float) -> float:
    return both / max(whole + area - both, 1)
