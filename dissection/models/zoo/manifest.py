"""The list of published models and data sets: ``manifest.toml``, and a user's own ``models.toml``.

Free of torch.
"""

import tomllib
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from dissection.errors import BadInputError, UnknownNameError
from dissection.runtime.files import reason
from dissection.runtime.reading import open_ordinary
from dissection.runtime.user_folders import config_folder

_BUNDLED = Path(__file__).with_name("manifest.toml")
_LARGEST = 4 << 20


class Kind(StrEnum):
    """What an entry is."""

    GENERATOR = "generator"
    CLASSIFIER = "classifier"
    SEGMENTER = "segmenter"
    DATA = "data"
    RESULTS = "results"
    OTHER = "other"


def _plain_relative(text: str) -> str:
    path = PurePosixPath(text)
    if (
        not path.parts
        or path.is_absolute()
        or any(part.startswith(".") for part in path.parts)
        or set(text) & set('\\:*?"<>|')
        or not text.isprintable()
    ):
        raise ValueError("is no plain name of a file")
    return path.as_posix()


def _address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("is no address that begins with http:// or https://")
    return text


_Text = Annotated[str, Field(min_length=1, max_length=500)]
_Address = Annotated[str, AfterValidator(_address)]
_Hex = r"^[0-9a-f]+$"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PublishedFile(_Strict):
    """One file of an entry.

    Attributes:
        file: its published name, behind the host's address.
        sha256: 64 hexadecimal digits, known.
        sha256_prefix: its first digits as the name has them, which nobody could verify.
        md5: 32 hexadecimal digits, known.
        size: bytes; None is not known.
        urls: addresses of this file alone, tried before the collection's hosts.
    """

    file: Annotated[str, AfterValidator(_plain_relative)]
    sha256: Annotated[str, Field(pattern=_Hex, min_length=64, max_length=64)] | None = None
    sha256_prefix: Annotated[str, Field(pattern=_Hex, min_length=6, max_length=64)] | None = None
    md5: Annotated[str, Field(pattern=_Hex, min_length=32, max_length=32)] | None = None
    size: Annotated[int, Field(gt=0)] | None = None
    urls: tuple[_Address, ...] = ()

    @property
    def known_hash(self) -> str | None:
        """As ``pooch`` takes it: "sha256:..." or "md5:..."; None where none is known."""
        if self.sha256:
            return f"sha256:{self.sha256}"
        return f"md5:{self.md5}" if self.md5 else None


class _Listed(_Strict):
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=80)]
    files: tuple[PublishedFile, ...] = ()


class _Collection(_Strict):
    kind: Kind
    hosts: tuple[_Address, ...] = ()
    license: _Text = "not stated"
    citation: _Text = "not stated"
    use: _Text = "not stated"
    bundled: bool = False
    unusable: Annotated[str, Field(max_length=500)] = ""
    entries: Annotated[tuple[_Listed, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _reachable(self) -> "_Collection":
        for entry in self.entries:
            if not entry.files and not self.bundled and not self.unusable:
                raise ValueError(f"{entry.name} has no files")
            for file in entry.files:
                if not file.urls and not self.hosts:
                    raise ValueError(f"{file.file} of {entry.name} has no address: name hosts")
            names = [file.file for file in entry.files]
            if len(set(names)) < len(names):
                raise ValueError(f"{entry.name} has a file twice")
            if self.kind in (Kind.GENERATOR, Kind.CLASSIFIER) and len(names) > 1:
                raise ValueError(f"{entry.name} is a {self.kind} of several files; it has one")
        return self


class _Manifest(_Strict):
    collection: tuple[_Collection, ...] = ()


class Entry(_Strict):
    """A published model or data set.

    Attributes:
        name: what commands call it.
        kind: what it is.
        files: in the order in which they are fetched.
        hosts: addresses that end with a slash, in the order in which they are tried.
        license: what is known of it.
        citation: whose work it is.
        use: what it is good for.
        bundled: whether it ships with the program.
        unusable: why the program cannot use it; empty if it can.
        own: whether it is from the user's file.
    """

    name: str
    kind: Kind
    files: tuple[PublishedFile, ...]
    hosts: tuple[str, ...]
    license: str
    citation: str
    use: str
    bundled: bool
    unusable: str
    own: bool

    def urls(self, file: PublishedFile) -> list[str]:
        """Where a file may be fetched, the first choice first."""
        return [*file.urls, *(f"{host.rstrip('/')}/{file.file}" for host in self.hosts)]

    @property
    def size(self) -> int | None:
        """Bytes of all files; None where one is not known."""
        sizes = [file.size for file in self.files]
        return None if None in sizes or not sizes else sum(size or 0 for size in sizes)


def own_entries_file() -> Path:
    """Where a user's own entries stand: ``models.toml`` in the config folder.

    Raises:
        BadInputError: the user has no home folder.
    """
    folder = config_folder()
    if folder is None:
        raise BadInputError("This user has no home folder; set HOME or XDG_CONFIG_HOME.")
    return folder / "models.toml"


def read_manifest(path: Path, own: bool = False) -> list[Entry]:
    """The entries of one file.

    Raises:
        BadInputError: it cannot be read, is no TOML, or a value in it is not what it should be;
            the sentence says which.
    """
    try:
        with open_ordinary(path, _LARGEST) as stream:
            found = _Manifest.model_validate(tomllib.loads(stream.read().decode()))
    except OSError as error:
        raise BadInputError(
            f"The list of models {path} cannot be read: {reason(error)}."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInputError(
            f"The list of models {path} is wrong at {place or 'its beginning'}: {first['msg']}; "
            "mend it there."
        ) from error
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"The list of models {path} is no TOML: {error}; mend it.") from error
    return [
        Entry(
            name=listed.name,
            kind=group.kind,
            files=listed.files,
            hosts=group.hosts,
            license=group.license,
            citation=group.citation,
            use=group.use,
            bundled=group.bundled,
            unusable=group.unusable,
            own=own,
        )
        for group in found.collection
        for listed in group.entries
    ]


def entries() -> list[Entry]:
    """Everything that is published or a user's own.

    Raises:
        BadInputError: the user's file is wrong, or has a name that is taken.
    """
    found = read_manifest(_BUNDLED)
    if config_folder() is None:
        return found
    own = own_entries_file()
    mine = read_manifest(own, own=True) if own.exists() else []
    taken = {entry.name for entry in found}
    for entry in mine:
        if entry.name in taken:
            raise BadInputError(f"{own} has the name {entry.name}, which is taken; choose another.")
        if entry.bundled:
            raise BadInputError(f"{own} says that {entry.name} is bundled, which it is not.")
        taken.add(entry.name)
    return found + mine


def find_entry(name: str) -> Entry:
    """The entry of a name.

    Raises:
        UnknownNameError: nothing is called so.

    Example:
        >>> find_entry("vgg16-places365").kind.value
        'classifier'
    """
    for entry in entries():
        if entry.name == name.strip():
            return entry
    raise UnknownNameError(
        f"No published model or data set is called '{name}'; dissection models lists them."
    )


def not_here(entry: Entry) -> str:
    """A sentence for whoever names an entry that is not fetched, or not to be used as it is."""
    if entry.unusable:
        return f"{entry.name} cannot be used: {entry.unusable}."
    return f"{entry.name} is not here, or is no model; dissection fetch {entry.name} fetches it."
