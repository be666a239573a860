"""Galleries: which scenes of a generator to show first. Free of torch.

A good scene is one that a segmenter reads without doubt and that shows several objects; a good
choice of scenes shows many kinds of them. So the doubtful and the empty ones are left out, and of
the rest each next scene is the one whose concepts differ most from those of all before it
(farthest-point order): however many are looked at, they are as varied as so many can be.

Who looks for one thing, a dome or a tree, finds the scenes that show most of it (``richest``).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dissection.data.latents import LAST_ROW
from dissection.errors import BadInputError
from dissection.runtime import resources
from dissection.runtime.files import reason, write_text
from dissection.runtime.reading import read_object

SUFFIX = ".json"
#: The name of a gallery beside the dissection of a person's own generator.
BESIDE = "gallery.json"
_SCHEMA = 1
#: An object on less of the picture than this is not seen.
_SEEN = 0.01
#: The share of scenes, the most confidently read ones, among which one chooses.
_CLEAR = 1 / 4
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError, OverflowError)
#: Scenes that are kept for a concept, at most: those that show most of it.
RICHEST = 24
#: Bytes of a gallery that are read, at most.
LARGEST_GALLERY = 16 << 20


@dataclass(frozen=True)
class Exhibit:
    """A chosen scene.

    Attributes:
        seed: the row of the standard latents.
        confidence: 0..1, the mean probability of what the segmenter names.
        objects: names of the objects that are seen, largest first.
    """

    seed: int
    confidence: float
    objects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Gallery:
    """Scenes of one generator in the order in which to show them.

    Attributes:
        model: the generator's name.
        network: SHA-256 of its file.
        exhibits: the scenes.
        provenance: command, segmenter and sample.
        richest: by concept, rows of the standard latents of the scenes that show most of it, the
            largest share of the picture first; empty in galleries of before it was looked for.
    """

    model: str
    network: str
    exhibits: tuple[Exhibit, ...]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    richest: Mapping[str, tuple[int, ...]] = field(default_factory=dict)

    @property
    def seeds(self) -> tuple[int, ...]:
        """Rows of the standard latents, in order."""
        return tuple(exhibit.seed for exhibit in self.exhibits)


@dataclass(frozen=True, eq=False)
class SceneStatistics:
    """What a segmenter sees in the scenes among which to choose.

    Attributes:
        seeds: N rows of the standard latents.
        areas: float (N, concepts), share of the picture that shows each concept.
        confidence: float (N,), 0..1.
        objects: indices of the concepts that are objects.
    """

    seeds: Sequence[int]
    areas: NDArray[np.float64]
    confidence: NDArray[np.float64]
    objects: Sequence[int]


def choose(scenes: SceneStatistics, count: int) -> list[int]:
    """Places in ``scenes`` of the scenes to show, in order.

    Scenes with fewer objects than half of all have are left out, and of the rest all but the
    quarter that is read most confidently (more, where these are fewer than ``count``). The first
    scene is the one with the highest confidence; every next one is the farthest, in Hellinger
    distance between areas of concepts, from the nearest one before it.

    Raises:
        BadInputError: fewer scenes than are to be chosen, or none are to be chosen.
    """
    if not 0 < count <= len(scenes.seeds):
        raise BadInputError(
            f"A gallery of {count} scenes cannot be chosen from {len(scenes.seeds)}; look at more "
            "seeds, or choose fewer."
        )
    shown = (scenes.areas[:, list(scenes.objects)] >= _SEEN).sum(1)
    rich = np.flatnonzero(shown >= np.median(shown))
    keep = max(count, round(len(rich) * _CLEAR))
    clear = rich[np.argsort(-scenes.confidence[rich], kind="stable")][:keep]
    if len(clear) < count:  # few are rich: take the clearest of the others
        others = np.setdiff1d(np.arange(len(shown)), clear)
        others = others[np.argsort(-scenes.confidence[others], kind="stable")]
        clear = np.concatenate([clear, others[: count - len(clear)]])
    roots = np.sqrt(scenes.areas[clear])
    chosen = [0]
    nearest = _hellinger(roots, roots[0])
    while len(chosen) < count:
        nearest[chosen] = -1
        chosen.append(int(nearest.argmax()))
        nearest = np.minimum(nearest, _hellinger(roots, roots[chosen[-1]]))
    return [int(clear[place]) for place in chosen]


def exhibits(
    scenes: SceneStatistics, places: Sequence[int], names: Sequence[str]
) -> tuple[Exhibit, ...]:
    """The chosen scenes with what is seen in them.

    Args:
        scenes: all scenes.
        places: from ``choose``.
        names: of all concepts.
    """
    made = []
    for place in places:
        areas = scenes.areas[place]
        objects = [i for i in sorted(scenes.objects, key=lambda i: -areas[i]) if areas[i] >= _SEEN]
        confidence = round(float(scenes.confidence[place]), 4)
        made.append(Exhibit(scenes.seeds[place], confidence, tuple(names[i] for i in objects)))
    return tuple(made)


def richest(
    scenes: SceneStatistics, names: Sequence[str], count: int = RICHEST
) -> dict[str, tuple[int, ...]]:
    """The scenes that show most of each concept.

    Args:
        scenes: all scenes.
        names: of all concepts.
        count: scenes for each concept, at most.

    Returns:
        Rows of the standard latents by name, the largest share of the picture first; only scenes
        with at least a hundredth of it, and only concepts that have any.
    """
    found = {}
    for column, name in enumerate(names):
        shares = scenes.areas[:, column]
        places = np.argsort(-shares, kind="stable")[:count]
        seeds = tuple(scenes.seeds[place] for place in places if shares[place] >= _SEEN)
        if seeds:
            found[name] = seeds
    return found


def _hellinger(roots: NDArray[np.float64], root: NDArray[np.float64]) -> NDArray[np.float64]:
    distances: NDArray[np.float64] = np.sqrt(((roots - root) ** 2).sum(1))
    return distances


def save_gallery(path: str | Path, gallery: Gallery) -> None:
    """Write a gallery, whole; raises as ``files.replacing`` does."""
    row = {
        "schema": _SCHEMA,
        "model": gallery.model,
        "network": gallery.network,
        "provenance": dict(gallery.provenance),
        "scenes": [
            {"seed": e.seed, "confidence": e.confidence, "objects": list(e.objects)}
            for e in gallery.exhibits
        ],
    }
    if gallery.richest:
        row["richest"] = {name: list(seeds) for name, seeds in gallery.richest.items()}
    write_text(path, json.dumps(row, indent=1) + "\n")


def load_gallery(path: str | Path, network: str | None = None) -> Gallery:
    """Read a gallery.

    Args:
        path: of the file.
        network: SHA-256 of the generator that it is to be of; None does not ask.

    Raises:
        BadInputError: there is none, it is damaged, or of another generator.
    """
    try:
        row = read_object(path, LARGEST_GALLERY)
        if row["schema"] != _SCHEMA:
            raise BadInputError(
                f"The gallery {path} has schema {row['schema']}, and this program reads schema "
                f"{_SCHEMA}; make it anew with dissection gallery."
            )
        found = Gallery(
            str(row["model"]),
            str(row["network"]),
            tuple(
                Exhibit(int(e["seed"]), float(e["confidence"]), tuple(map(str, e["objects"])))
                for e in row["scenes"]
            ),
            dict(row["provenance"]),
            {str(name): tuple(map(int, seeds)) for name, seeds in row.get("richest", {}).items()},
        )
    except OSError as error:
        raise BadInputError(f"The gallery {path} cannot be read: {reason(error)}.") from error
    except _MALFORMED as error:
        raise BadInputError(
            f"The gallery {path} is damaged ({error!r}); make it anew with dissection gallery."
        ) from error
    orders = (found.seeds, *found.richest.values())
    if any(len(set(o)) < len(o) or not all(0 <= s <= LAST_ROW for s in o) for o in orders):
        raise BadInputError(
            f"The gallery {path} is damaged: it names a seed twice, or one that is none; make it "
            "anew with dissection gallery."
        )
    if network is not None and network != found.network:
        raise BadInputError(
            f"The gallery {path} is of another generator, with SHA-256 {found.network[:12]}; make "
            "one with dissection gallery."
        )
    return found


def gallery_files(model: str, dissection: Path | None = None) -> list[Path]:
    """Files that may hold the gallery of a generator, the first one first.

    Args:
        model: the bundled name, or a path.
        dissection: the folder of the dissection in use.
    """
    places = [dissection / BESIDE] if dissection else []
    if model in resources.bundled_models():
        places.append(resources.resources_folder() / "galleries" / f"{model}{SUFFIX}")
    return [place for place in places if place.is_file()]
