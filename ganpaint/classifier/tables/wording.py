"""Accuracies in words. Free of Qt."""

import numpy as np

#: The two accuracies that are told, each with what it means; the second is a class's own.
PLAIN = (
    "Plain accuracy: the share of all pictures that are told as their own class. By chance it is "
    "one in as many as there are classes."
)
BALANCED = (
    "Balanced accuracy of a class: the mean of two shares, of its pictures that are told as it, "
    "and of all others that are not. 50 % is chance, so it is far higher than the plain accuracy "
    "of all pictures."
)
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
