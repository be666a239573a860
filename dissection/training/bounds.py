"""What the numbers of a training must lie within, each refused by the name of its option."""

import math

from dissection.errors import BadInputError
from dissection.runtime.processors import MOST_BATCH, MOST_UNITS

#: What no memory holds more of, by the name of the option.
_MOST = {
    "batch": MOST_BATCH,
    "dense": MOST_UNITS,
    "units": MOST_UNITS,
    "discriminator_units": MOST_UNITS,
}


def require_counts(**counts: int) -> None:
    """Refuse counts that are not 1 or more, and batches and units that no memory holds.

    Raises:
        BadInputError: one is below 1, or a batch or number of units is far too large.

    Example:
        >>> require_counts(steps=100, save_every=50)
    """
    for name, count in counts.items():
        if count < 1:
            raise BadInputError(f"{_option(name)} must be at least 1, not {count}.")
        most = _MOST.get(name.replace("-", "_"))
        if most is not None and count > most:
            raise BadInputError(f"{_option(name)} must be at most {most}, not {count}.")


def require_rate(rate: float) -> None:
    """Refuse a learning rate that is none.

    Raises:
        BadInputError: it is not above 0 and below 1.
    """
    if not 0 < rate < 1:
        raise BadInputError(f"--rate must be above 0 and below 1, not {rate:g}.")


def require_positive(**numbers: float) -> None:
    """Refuse lengths of time and the like that are not above 0.

    Raises:
        BadInputError: one is 0 or less, infinite or no number.
    """
    for name, number in numbers.items():
        if not 0 < number < math.inf:
            raise BadInputError(f"{_option(name)} must be above 0, not {number:g}.")


def require_weights(**weights: float) -> None:
    """Refuse weights of terms that are not 0 or more.

    Raises:
        BadInputError: one is negative, infinite or no number.
    """
    for name, weight in weights.items():
        if not 0 <= weight < math.inf:
            raise BadInputError(f"{_option(name)} must be 0 or more, not {weight:g}.")


def require_resolution(largest: int, **sizes: int) -> None:
    """Refuse a resolution that a generator does not have.

    Args:
        largest: what it makes, px.
        sizes: px, by the name of the option.

    Raises:
        BadInputError: one is not 4, 8, 16, ... or is larger.
    """
    for name, size in sizes.items():
        if not 4 <= size <= largest or size & (size - 1):
            raise BadInputError(
                f"{_option(name)} must be one of 4, 8, 16, ... {largest} px, not {size}."
            )


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"
