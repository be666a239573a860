"""One way from what a person calls a model to the model: for commands, library and window.

``storybook-church``            a file that ships with the program
``vgg16-places365``             a file that was fetched to the user's data folder, by its stem
``path/to/file``                any file
``torchvision:NAME``            an architecture of torchvision
``package.module:factory``      a user's own code

What a file holds is found out by whoever reads it. Free of torch.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from dissection.errors import BadInputError
from dissection.runtime.entry_points import is_dotted
from dissection.runtime.files import user_path
from dissection.runtime.resources import bundled_models, resource
from dissection.runtime.user_folders import data_folder

TORCHVISION = "torchvision:"
#: Endings of the files that weights come in.
ENDINGS = (".safetensors", ".pth", ".pt", ".tar")
#: What is wrong with a file of weights whose architecture has to be named beside it.
NO_ARCHITECTURE = "holds weights of a classifier and does not say which"


class ModelKind(StrEnum):
    """What a name turned out to be."""

    BUNDLED = "bundled"
    FETCHED = "fetched"
    FILE = "file"
    TORCHVISION = "torchvision"
    DOTTED = "dotted"


@dataclass(frozen=True)
class NamedModel:
    """A model by its name.

    Attributes:
        name: as it was given, without blanks around it.
        kind: what it is.
        path: of its file, which need not exist; None of what is no file.
    """

    name: str
    kind: ModelKind
    path: Path | None = None


def find_model(name: str | Path) -> NamedModel:
    """What a name stands for; a name that is nothing else is taken for the path of a file.

    Raises:
        UnknownNameError: a bundled file is missing from the installation.
        BadInputError: no file can have this name.

    Example:
        >>> find_model("storybook-church").kind.value
        'bundled'
        >>> find_model("package.module:make").kind.value
        'dotted'
    """
    text = str(name).strip()
    if text.startswith(TORCHVISION):
        return NamedModel(text, ModelKind.TORCHVISION)
    bundled = bundled_file(text)
    if bundled is not None:
        return NamedModel(text, ModelKind.BUNDLED, bundled)
    path = user_path(text)
    if not path.exists():
        if is_dotted(text):
            return NamedModel(text, ModelKind.DOTTED)
        fetched = fetched_file(text)
        if fetched is not None:
            return NamedModel(text, ModelKind.FETCHED, fetched)
    return NamedModel(text, ModelKind.FILE, path)


def bundled_file(name: str) -> Path | None:
    """The file of a model that ships, by its name; None if none is called so.

    Raises:
        UnknownNameError: it is missing from the installation.
    """
    return resource(f"models/{name}.safetensors") if name in bundled_models() else None


def fetched_file(name: str) -> Path | None:
    """The fetched file of a bare name, with its ending or without; None if there is none."""
    if not name or Path(name).name != name:
        return None
    data = data_folder()
    if data is None:
        return None
    folder = fetched_folder()
    candidates = (folder / name, *(folder / f"{name}{ending}" for ending in ENDINGS))
    return next((path for path in candidates if path.is_file()), None)


def fetched_folder() -> Path:
    """Where files of published models are put, and looked for by name.

    Raises:
        BadInputError: the user has no home folder.
    """
    folder = data_folder()
    if folder is None:
        raise BadInputError(
            "This user has no home folder, where published models are kept; set HOME or "
            "XDG_DATA_HOME."
        )
    return folder / "models"


def fetched_dataset(name: str) -> Path | None:
    """The folder of a fetched data set, or None."""
    return _inner("datasets", name)


def fetched_segmenter(name: str) -> Path | None:
    """The folder of a fetched segmenter of several files, or None."""
    return _inner("segmenters", name)


def folder_of_pictures(name: str | Path) -> Path:
    """A folder that a person named: its path, or what a data set is called that was fetched.

    Raises:
        BadInputError: no folder can have this name.
    """
    path = user_path(name)
    fetched = None if path.exists() else fetched_dataset(str(name).strip())
    return fetched or path


def _inner(kind: str, name: str) -> Path | None:
    if not name or name.startswith(".") or Path(name).name != name:
        return None
    data = data_folder()
    if data is None:
        return None
    folder = data / kind / name
    return folder if folder.is_dir() else None
