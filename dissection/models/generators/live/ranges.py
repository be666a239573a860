"""How far a generator's layers reach, and which of them may compute in eight bits: as a file.

Of a bundled generator it ships (``resources/ranges``), measured over hundreds of latents; of one's
own it is measured while the program is idle and kept in the user's cache folder.
"""

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dissection.errors import DissectionError
from dissection.models.generators.live.operators import Scale
from dissection.runtime.files import make_folder, write_text
from dissection.runtime.reading import read_object
from dissection.runtime.resources import resources_folder
from dissection.runtime.user_folders import cache_folder

_LARGEST = 1 << 18
_VERSION = 2


@dataclass(frozen=True)
class Ranges:
    """What was measured of a generator.

    Attributes:
        digest: the generator's.
        latents: how many were looked at.
        spans: layer to the lowest and highest value that its input has behind pixel norm (over
            its unit's factor), without outliers.
        factors: layer to one factor for each unit of its input, see ``Scale``; of some layers.
        close: layers whose bytes, all at once, leave pictures close enough to the exact ones.
        mean: by how many levels of 255 pictures then differ on average.
        high: and at the 99.9th percentile of the worst.
    """

    digest: str
    latents: int
    spans: Mapping[str, tuple[float, float]]
    factors: Mapping[str, tuple[float, ...]]
    close: tuple[str, ...]
    mean: float
    high: float

    @property
    def scales(self) -> dict[str, Scale]:
        """The bytes of each layer's input."""
        return {
            name: Scale.covering(*span, self.factors.get(name, ()))
            for name, span in self.spans.items()
        }

    def to_json(self) -> str:
        """As text; ``from_json`` reads it."""
        return json.dumps(
            {
                "version": _VERSION,
                "digest": self.digest,
                "latents": self.latents,
                "spans": {name: [round(x, 3) for x in span] for name, span in self.spans.items()},
                "factors": {name: " ".join(map(str, fs)) for name, fs in self.factors.items()},
                "close": list(self.close),
                "mean": round(self.mean, 3),
                "high": round(self.high, 3),
            },
            indent=1,
        )


def stored_ranges(name: str, digest: str) -> Ranges | None:
    """What is known of a generator: from what ships, or from the cache; None if nothing is.

    A damaged file counts as none: it is measured again.

    Args:
        name: what a bundled one is called.
        digest: of its file; empty if it came from none.
    """
    if not digest:
        return None
    cached = _cached(digest)
    for path in (resources_folder() / "ranges" / f"{name}.json", *([cached] if cached else [])):
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            if path.is_file() and (found := _read(path)).digest == digest:
                return found
    return None


def keep_ranges(ranges: Ranges) -> None:
    """Write what was measured into the cache; where that can not be written nothing happens."""
    if ranges.digest:
        with suppress(OSError, DissectionError):
            path = _cached(ranges.digest)
            if path is not None:
                make_folder(path.parent)
                write_text(path, ranges.to_json())


def _cached(digest: str) -> Path | None:
    cache = cache_folder()
    return cache / "ranges" / f"{digest}.json" if cache is not None else None


def _read(path: Path) -> Ranges:
    """One file; raises whatever fits what is wrong with it."""
    found = read_object(path, _LARGEST)
    if found["version"] != _VERSION:
        raise ValueError("of another version")
    spans = {str(name): (float(low), float(high)) for name, (low, high) in found["spans"].items()}
    if not all(math.isfinite(x) for span in spans.values() for x in span):
        raise ValueError("a span has no end")
    factors = {
        str(name): tuple(float(factor) for factor in text.split())
        for name, text in found["factors"].items()
    }
    if not all(0 < factor < math.inf for fs in factors.values() for factor in fs):
        raise ValueError("a factor is not positive")
    close = tuple(str(name) for name in found["close"])
    if not spans.keys() >= set(close):
        raise ValueError("a layer has no span")
    return Ranges(
        str(found["digest"]),
        int(found["latents"]),
        spans,
        factors,
        close,
        float(found["mean"]),
        float(found["high"]),
    )
