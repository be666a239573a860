"""Accuracies in words. Free of Qt."""

import numpy as np

#: Changes below half of a tenth of a point are none.
LEAST_CHANGE = 5e-4


def percent(share: float) -> str:
    """A share as text, "–" for one that there is not."""
    return f"{100 * share:.1f} %" if np.isfinite(share) else "–"


def points(change: float) -> str:
    """A change of a share in points, with its sign; "–" for none that can be told."""
    if not np.isfinite(change):
        return "–"
    if abs(change) < LEAST_CHANGE:
        return "0.0"
    return f"{'+' if change > 0 else '−'}{abs(100 * change):.1f}"


def several(number: int, word: str) -> str:
    """A number and what there are so many of, such as "3 units"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"
