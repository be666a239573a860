"""Which generator a project was painted with, and where that is now."""

from pathlib import Path

from dissection.errors import DissectionError
from dissection.models.bundled import bundled_generators
from dissection.painting.project import PaintedScene
from dissection.runtime.files import file_digest, user_path
from dissection.runtime.model_names import find_model
from ganpaint.rendering.scene import Scene

#: Hashing a large file takes a moment: digests by path, size and time of change.
_digests: dict[tuple[Path, int, int], str] = {}


class OtherNetworkError(DissectionError):
    """The generator that a project was painted with is not where it was."""


def network_digest(model: str) -> str:
    """SHA-256 of a model's file, or nothing where it cannot be read."""
    try:
        path = network_file(model)
        found = path.stat()
        key = (path, found.st_size, found.st_mtime_ns)
        if key not in _digests:
            _digests[key] = file_digest(path)
        return _digests[key]
    except (OSError, DissectionError):
        return ""


def file_stem(scene: Scene) -> str:
    """What a file of a scene is called unless said: its model and its name."""
    return f"{Path(scene.model).stem}-{scene.name.replace(' ', '-')}"


def network_file(model: str) -> Path:
    """The file of a bundled or fetched model's name, or of a path; it need not exist.

    Raises:
        UnknownNameError: a bundled file is missing from the installation.
    """
    return find_model(model).path or user_path(model)


def locate(scene: PaintedScene, beside: Path | None = None) -> str:
    """The generator that a scene was painted with: where it was, bundled, or beside the project.

    Args:
        scene: of a project.
        beside: the project's folder.

    Returns:
        A bundled name, or a path.

    Raises:
        OtherNetworkError: it is at none of these places; the sentence says which one is meant.
    """
    there = network_digest(scene.model)
    if there and scene.network in ("", there):
        return scene.model
    for name in bundled_generators():
        if scene.network and network_digest(name) == scene.network:
            return name
    if beside is not None:
        neighbor = str(beside / Path(scene.model).name)
        if scene.network and network_digest(neighbor) == scene.network:
            return neighbor
    name = Path(scene.model).name
    if not there:
        said = f"there is no {scene.model}"
    else:
        said = f"{scene.model} is another one, with SHA-256 {there[:12]}"
    known = f" with SHA-256 {scene.network[:12]}" if scene.network else ""
    raise OtherNetworkError(
        f"This was painted with the generator {name}{known}, and {said}; locate the file that it "
        "was painted with."
    )
