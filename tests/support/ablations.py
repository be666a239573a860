"""An ablation whose figures are known on paper: a boathouse, a pond and a farm (figure S5).

Unit 0 is a barn, 1 water, 2 grass; 3 is silent, 4 and 5 cost nobody anything.
"""

import numpy as np

from dissection.interventions.ablation.accuracy import Counts, Flips
from dissection.interventions.ablation.result import Ablation, Curves, UnitFigures
from dissection.interventions.ablation.sets import plan

PAPER_CLASSES = ("boathouse", "pond", "farm")
UNITS, EACH = 6, 20
#: Pictures of each class that are lost without each unit.
LOST = np.array([[6, 5, 0, 0, 0, 0], [0, 4, 3, 0, 0, 0], [5, 0, 2, 0, 0, 0]])


def paper_ablation() -> Ablation:
    """Every class is told by two units; a picture that is lost is taken for nothing else's."""
    classes = len(PAPER_CLASSES)
    sizes = np.full(classes, EACH, np.int64)
    hits = np.vstack([np.full((1, classes), 16), 16 - LOST.T]).astype(np.int64)
    # What is lost is taken for a class that all others are taken for already: nobody's change.
    counts = Counts(sizes, hits, hits.copy())
    changed = np.array([9, 9, 9, 0, 9, 9], np.int64)
    figures = UnitFigures(counts, changed, np.zeros(1 + UNITS, np.int64))
    nothing = np.zeros(0, np.int32)
    targets = np.repeat(np.arange(classes, dtype=np.int32), EACH)
    importance = figures.importance
    sets = plan(np.argsort(-importance, axis=1, kind="stable"), 1, 0)
    empty = np.zeros((0, 2, UNITS - 1), np.int64)
    return Ablation(
        "paper",
        "conv5",
        PAPER_CLASSES,
        figures,
        figures,
        (),
        targets,
        targets.copy(),
        Flips(nothing, nothing, nothing),
        np.zeros((classes, UNITS), np.float32),
        None,
        sets,
        np.repeat(targets[:, None], len(sets), 1),
        Curves(nothing, empty, empty, empty),
        {"network": "00" * 32},
    )
