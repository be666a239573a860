"""Which scenes of a model are shown first, and which show most of a concept."""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from dissection.data.galleries import Gallery, gallery_files, load_gallery
from dissection.errors import BadInputError
from dissection.runtime import resources
from ganpaint.painter.document.networks import known_digest


def gallery_seeds(model: str, dissection: Path | None) -> tuple[int, ...]:
    """Seeds of the gallery of a model, in order; none where it has none.

    That of a person's own generator counts once the digest of its file is known.

    Args:
        model: the bundled name, or the path of the file.
        dissection: folder of the dissection in use, where a gallery may lie.
    """
    return next((g.seeds for g in _galleries(model, dissection) if g.seeds), ())


def richest_seeds(model: str, dissection: Path | None, concept: str) -> tuple[int, ...]:
    """Seeds of the scenes that show most of a concept, the largest share of the picture first.

    Args:
        model: the bundled name, or the path of the file.
        dissection: folder of the dissection in use, where a gallery may lie.
        concept: its name.

    Returns:
        None where no gallery has looked for it, or found none.
    """
    found = (g.richest.get(concept, ()) for g in _galleries(model, dissection))
    return next((seeds for seeds in found if seeds), ())


def starting_seed(model: str, dissection: Path | None) -> int:
    """The scene to start with: the best of the gallery, or the first of all."""
    for path in gallery_files(model, dissection):
        # Whether it is of this generator shows once that was read: every seed is a scene.
        gallery = _read(path, path.stat().st_mtime_ns, None)
        if gallery and gallery.seeds:
            return gallery.seeds[0]
    return 0


def _galleries(model: str, dissection: Path | None) -> Iterator[Gallery]:
    """Those that are of the model, the first one first."""
    for path in gallery_files(model, dissection):
        network = None if _ships(path) else known_digest(model)
        if network == "":
            continue
        gallery = _read(path, path.stat().st_mtime_ns, network)
        if gallery:
            yield gallery


def _ships(gallery: Path) -> bool:
    """Whether a gallery comes with the program, and so with its generator."""
    return gallery.is_relative_to(resources.resources_folder())


@lru_cache(maxsize=16)
def _read(path: Path, _changed: int, network: str | None) -> Gallery | None:
    try:
        return load_gallery(path, network)
    except BadInputError:
        return None  # by number is a good order too
