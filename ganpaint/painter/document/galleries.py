"""Which scenes of a model are shown first."""

from functools import lru_cache
from pathlib import Path

from dissection.data.galleries import gallery_files, load_gallery
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
    for path in gallery_files(model, dissection):
        network = None if _ships(path) else known_digest(model)
        if network == "":
            continue
        seeds = _seeds(path, path.stat().st_mtime_ns, network)
        if seeds:
            return seeds
    return ()


def starting_seed(model: str, dissection: Path | None) -> int:
    """The scene to start with: the best of the gallery, or the first of all."""
    for path in gallery_files(model, dissection):
        # Whether it is of this generator shows once that was read: every seed is a scene.
        seeds = _seeds(path, path.stat().st_mtime_ns, None)
        if seeds:
            return seeds[0]
    return 0


def _ships(gallery: Path) -> bool:
    """Whether a gallery comes with the program, and so with its generator."""
    return gallery.is_relative_to(resources.resources_folder())


@lru_cache(maxsize=16)
def _seeds(path: Path, _changed: int, network: str | None) -> tuple[int, ...]:
    try:
        return load_gallery(path, network).seeds
    except BadInputError:
        return ()  # by number is a good order too
