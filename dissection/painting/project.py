"""Projects: everything painted, on all scenes, in one file that loses little when it is damaged.

A ``.ganpaint`` file is text. After a line that says what it is comes the header (networks, scenes
with their latents, which one is shown), then one line for each patch that strokes stamp, one for
each stroke, then the header again; each of them begins with the CRC-32 of the rest of the line.
Wherever the file is cut or garbled, all other lines can still be read. Free of torch.
"""

import io
import platform
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from dissection.data.latents import Blend
from dissection.errors import BadInputError, DissectionError
from dissection.painting.history import History, Painted
from dissection.painting.patches import Patch
from dissection.painting.recipe import (
    KEYWORD,
    Recipe,
    blend_row,
    pack_latent,
    read_blend,
    read_latent,
    read_seed,
)
from dissection.painting.serialize import (
    MALFORMED,
    Room,
    TooLargeError,
    painted_row,
    patch_row,
    patches_of,
    read_painted,
    read_patch,
)
from dissection.runtime.checked_lines import checked_line, read_line
from dissection.runtime.files import reason, user_path, write_bytes
from dissection.runtime.reading import open_ordinary, read_ordinary
from dissection.runtime.version import VERSION

SUFFIX = ".ganpaint"
#: 1 knew neither patches nor blends.
_SCHEMA = 2
_MAGIC = b"GANPaint project"
#: Files of pictures begin so: JPEG, GIF, TIFF and BMP.
_PICTURES = (b"\xff\xd8\xff", b"GIF8", b"II*\x00", b"MM\x00*", b"BM")
#: Thousands of strokes on large pictures stay far below; more would only exhaust the memory.
LARGEST_FILE = 1 << 29
_LARGEST_HEADER = 16 << 20


@cache
def current_versions() -> dict[str, str]:
    """Versions of the program and of what its pictures depend on."""
    from importlib.metadata import PackageNotFoundError, version  # only for what is saved

    found = {"ganpaint": VERSION, "python": platform.python_version()}
    for name in ("torch", "numpy"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # a build under another name
            continue
    return found


@dataclass(frozen=True, eq=False)
class PaintedScene:
    """One scene of a project.

    Attributes:
        model: the generator's bundled name, or the path of its file.
        network: SHA-256 of the generator's file, hexadecimal; empty if unknown.
        seed: the row of the standard latents.
        latent: z, float32 (d,); None for the row of the standard latents.
        history: the strokes, oldest first.
        blend: how far on the way to another row; None for the row itself.
    """

    model: str
    network: str
    seed: int
    latent: NDArray[np.float32] | None
    history: History
    blend: Blend | None = None


@dataclass(frozen=True, eq=False)
class Project:
    """What a project file holds.

    Attributes:
        scenes: at least one.
        shown: index of the scene on screen.
        dissection: folder of the dissection in use; empty for the bundled one, or none.
        origin: for work that was not saved yet, the file that it belongs to; else empty.
        counter: of unsaved work: which of several was written last, whatever the clock said; 0
            for a project that a person saved.
        versions: of the program and the libraries that it was made with.
        left_out: what could not be read, such as ``2 of 7 strokes of seed 12``.
    """

    scenes: tuple[PaintedScene, ...]
    shown: int = 0
    dissection: str = ""
    origin: str = ""
    versions: Mapping[str, str] = field(default_factory=current_versions)
    left_out: tuple[str, ...] = ()
    counter: int = 0

    @property
    def scene(self) -> PaintedScene:
        """The scene on screen."""
        return self.scenes[self.shown]

    def at(self, seed: int) -> PaintedScene:
        """The scene of a seed, of the network that is on screen.

        Raises:
            BadInputError: nothing of it is in the project; the sentence says which seeds are.
        """
        own = [s for s in self.scenes if s.network == self.scene.network]
        for scene in own:
            if scene.seed == seed and scene.blend is None:
                return scene
        known = ", ".join(str(s.seed) for s in own if s.blend is None) or "blends alone"
        raise BadInputError(f"The project has no scene of seed {seed}; it has {known}.")


def write_project(path: str | Path, project: Project) -> None:
    """Write a project file, whole.

    Raises:
        DissectionError: the folder is missing or cannot be written to, or the disk is full; what
            was there before is still there.
    """
    write_bytes(path, to_bytes(project))


def read_project(path: str | Path) -> Project:
    """Read a project file, or a PNG that this program saved; of a damaged one what is whole.

    Raises:
        BadInputError: there is no such file, it is no project, it is one of a newer program, or
            it is damaged beyond that.
    """
    file = user_path(path)
    try:
        data = read_ordinary(file, LARGEST_FILE)
    except OSError as error:
        raise BadInputError(f"{file} cannot be opened: {reason(error)}.") from error
    if data.startswith(b"\x89PNG"):
        return _read_picture(data, str(file))
    return from_bytes(data, str(file))


def read_counter(path: Path) -> int:
    """Which of several files of unsaved work was written last: the highest; 0 if it has none."""
    try:
        with open_ordinary(path, LARGEST_FILE) as stream:
            for _ in range(2):  # the name of the form, and the header
                row = read_line(stream.readline(_LARGEST_HEADER).rstrip(b"\n"))
                if row is not None and "scenes" in row:
                    return max(int(row.get("counter", 0)), 0)
    except (OSError, *MALFORMED):
        pass
    return 0


def to_bytes(project: Project) -> bytes:
    """A project as the bytes of its file."""
    header = checked_line(_header(project))
    lines = [_MAGIC, header]
    patches = patches_of(p.stroke for scene in project.scenes for p in scene.history)
    for digest, patch in patches.items():  # before the strokes: a cut file keeps what it needs
        lines.append(checked_line({"patch": digest, **patch_row(patch)}))
    for index, scene in enumerate(project.scenes):
        for place, painted in enumerate(scene.history):
            lines.append(
                checked_line({"scene": index, "place": place, "stroke": painted_row(painted)})
            )
    return b"\n".join((*lines, header, b""))


def from_bytes(data: bytes, name: str) -> Project:
    """The inverse of ``to_bytes``; ``left_out`` tells what was lost.

    Args:
        data: of the file.
        name: what sentences call it.

    Raises:
        BadInputError: see ``read_project``.
    """
    rows = [row for row in map(read_line, data.split(b"\n")) if row is not None]
    header = next((row for row in rows if "scenes" in row), None)
    if header is None:
        if data.startswith(_MAGIC[:8]) or rows:
            raise BadInputError(
                f"{name} is damaged beyond repair: it does not say any more what its strokes "
                "were painted on; take an older copy of it."
            )
        if data.startswith(_PICTURES) or data[8:12] == b"WEBP":
            raise _carries_nothing(name)
        raise BadInputError(
            f"{name} is no project; GANPaint opens its own projects ({SUFFIX}) and the PNG files "
            "that it saved."
        )
    try:
        return _assemble(header, rows, name)
    except DissectionError:
        raise
    except MALFORMED as error:
        raise BadInputError(
            f"{name} is damaged: its header lacks or garbles an entry ({error!r}); take an older "
            "copy of it."
        ) from error


def _header(project: Project) -> dict[str, Any]:
    return {
        "schema": _SCHEMA,
        "versions": dict(project.versions),
        "shown": project.shown,
        "dissection": project.dissection,
        "origin": project.origin,
        **({"counter": project.counter} if project.counter else {}),
        "scenes": [
            {
                "model": scene.model,
                "network": scene.network,
                "seed": scene.seed,
                "blend": blend_row(scene.blend),
                "latent": None if scene.latent is None else pack_latent(scene.latent),
                "strokes": len(scene.history),
            }
            for scene in project.scenes
        ],
    }


def _assemble(header: Mapping[str, Any], rows: list[dict[str, Any]], name: str) -> Project:
    if header["schema"] not in range(1, _SCHEMA + 1):
        raise BadInputError(
            f"{name} has schema {header['schema']}, and this program reads schema 1 to {_SCHEMA}; "
            "use the program that made it."
        )
    try:
        strokes = _read_strokes(rows)
    except TooLargeError as error:
        raise BadInputError(f"{name} is larger than any project that is read: {error}.") from error
    of_scene: dict[int, list[int]] = {}
    for index, place in sorted(strokes):
        of_scene.setdefault(index, []).append(place)
    scenes, left_out = [], []
    for index, entry in enumerate(header["scenes"]):
        seed, count = read_seed(entry["seed"]), int(entry["strokes"])
        places = [place for place in of_scene.get(index, ()) if 0 <= place < count]
        latent = None if entry["latent"] is None else read_latent(entry["latent"])
        history = tuple(strokes[index, place] for place in places)
        model, network = str(entry["model"]), str(entry["network"])
        blend = read_blend(entry.get("blend"))
        scenes.append(PaintedScene(model, network, seed, latent, history, blend))
        if len(places) < count:
            left_out.append(f"{count - len(places)} of {count} strokes of seed {seed}")
    shown = int(header["shown"])
    if not 0 <= shown < len(scenes):
        raise ValueError(f"scene {shown} of {len(scenes)} is shown")
    return Project(
        tuple(scenes),
        shown,
        str(header["dissection"]),
        str(header["origin"]),
        {str(key): str(value) for key, value in header["versions"].items()},
        tuple(left_out),
        max(int(header.get("counter", 0)), 0),
    )


def _read_strokes(rows: list[dict[str, Any]]) -> dict[tuple[int, int], Painted]:
    """Strokes by scene and place; those that are not whole, or lack their patch, are left out."""
    room = Room()
    claimed = {str(row["patch"]): row for row in rows if "patch" in row}
    patches: dict[str, Patch] = {}
    strokes: dict[tuple[int, int], Painted] = {}
    for row in rows:
        try:
            if "stroke" not in row:
                continue
            place = int(row["scene"]), int(row["place"])
            stamp = row["stroke"].get("stamp")
            digest = None if stamp is None else str(stamp["patch"])
            # Only those that a stroke puts down take memory.
            if digest in claimed and digest not in patches:
                patches[digest] = read_patch(claimed[digest], room)
            strokes[place] = read_painted(row["stroke"], patches, room)
        except TooLargeError:
            raise
        except (*MALFORMED, DissectionError):
            continue  # the strokes that are missing are counted
    return strokes


def _carries_nothing(name: str) -> BadInputError:
    """What to do with a photograph, which can be looked at and not painted on."""
    return BadInputError(
        f"{name} is a picture that carries no strokes, and GANPaint paints on pictures that a "
        "generator makes, not on photographs: look at one in the tab Classifier (One picture), or "
        "drop it on a classifier's units in the tab Units; what opens here are projects "
        f"({SUFFIX}) and the PNG files that GANPaint saved."
    )


def _read_picture(data: bytes, path: str) -> Project:
    """The project of one scene that a saved picture's recipe makes."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on its size: its pixels are not decoded
            with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
                text = image.info.get(KEYWORD)
    except Exception as error:
        # Damaged files make decoders fail in a dozen ways, none of which concerns the user.
        raise BadInputError(f"{path} is damaged: it cannot be read as a PNG picture.") from error
    if not isinstance(text, str):
        raise _carries_nothing(path)
    try:
        recipe = Recipe.from_text(text)
    except BadInputError as error:
        raise BadInputError(f"{path} cannot be opened: {error}") from error
    scene = PaintedScene(
        recipe.model, recipe.network, recipe.seed, recipe.latent, recipe.history, recipe.blend
    )
    return Project((scene,))
