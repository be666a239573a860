"""Which generator a project was painted with, and where that is now.

Digests of files of gigabytes take seconds: ``known_digest`` tells what is known already and is for
the GUI thread, all else is for other threads.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from dissection.errors import DissectionError
from dissection.models.bundled import bundled_generators
from dissection.painting.project import PaintedScene, Project
from dissection.runtime.files import file_digest, user_path
from dissection.runtime.model_names import find_model
from dissection.runtime.reading import FileState, file_state
from ganpaint.rendering.scene import Scene

#: Digests of files that were read, by the path and what tells a change.
_digests: dict[tuple[Path, FileState], str] = {}


class OtherNetworkError(DissectionError):
    """The generator that a project was painted with is not where it was."""


@dataclass(frozen=True, eq=False)
class FoundProject:
    """A project with models that are where they are now.

    Attributes:
        project: scenes of networks that are not at hand are as they were.
        elsewhere: SHA-256 of those networks, by model.
        missing: why the scene on screen cannot be shown; None where it can.
    """

    project: Project
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    missing: OtherNetworkError | None = None


def network_digest(model: str) -> str:
    """SHA-256 of a model's file, which is read, or nothing where it cannot be."""
    try:
        path = network_file(model)
        state = file_state(path)
        if state is None:
            return ""
        if (path, state) not in _digests:
            _digests[path, state] = file_digest(path)
        return _digests[path, state]
    except (OSError, DissectionError):
        return ""


def known_digest(model: str) -> str:
    """SHA-256 of a model's file if it was read before and is the same still; else nothing."""
    try:
        path = network_file(model)
    except DissectionError:
        return ""
    state = file_state(path)
    return _digests.get((path, state), "") if state is not None else ""


def read_digests(models: Iterable[str]) -> None:
    """Have ``known_digest`` know all these models."""
    for model in models:
        network_digest(model)


def with_networks(project: Project) -> Project:
    """The project with the digests of networks that were not known yet."""
    known = (
        s if s.network else replace(s, network=network_digest(s.model)) for s in project.scenes
    )
    return replace(project, scenes=tuple(known))


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


def find_networks(project: Project, beside: Path) -> FoundProject:
    """Find the generators that a project was painted with; see ``locate``.

    Args:
        project: as it was read.
        beside: its folder.
    """
    try:
        locate(project.scene, beside)
    except OtherNetworkError as error:
        return FoundProject(project, missing=error)
    scenes, elsewhere = [], {}
    for scene in project.scenes:
        try:
            scenes.append(replace(scene, model=locate(scene, beside)))
        except OtherNetworkError:
            elsewhere[scene.model] = scene.network
            scenes.append(scene)
    return FoundProject(replace(project, scenes=tuple(scenes)), elsewhere)
