"""Which scenes of a model are shown first."""

from functools import lru_cache
from pathlib import Path

from dissection.data.galleries import gallery_files, load_gallery
from dissection.errors import BadInputError
from ganpaint.painter.document.networks import network_digest


def gallery_seeds(model: str, dissection: Path | None) -> tuple[int, ...]:
    """Seeds of the gallery of a model, in order; none where it has none.

    Args:
        model: the bundled name, or the path of the file.
        dissection: folder of the dissection in use, where a gallery may lie.
    """
    for path in gallery_files(model, dissection):
        # Only now: the digest of a large generator takes a moment.
        seeds = _seeds(path, path.stat().st_mtime_ns, network_digest(model))
        if seeds:
            return seeds
    return ()


def starting_seed(model: str, dissection: Path | None) -> int:
    """The scene to start with: the best of the gallery, or the first of all."""
    return next(iter(gallery_seeds(model, dissection)), 0)


@lru_cache(maxsize=16)
def _seeds(path: Path, _changed: int, network: str) -> tuple[int, ...]:
    try:
        return load_gallery(path, network).seeds
    except BadInputError:
        return ()  # by number is a good order too
