"""Weights that are laid over another file's: the overlay form of a safetensors file.

It holds the tensors that differ from those of a base, in float16 under their own names, and no
others. Its texts say ``weights_form: overlay``, ``weights_version: 1``, ``base``, the bare name of
a bundled or fetched model, and ``base_sha256``, the SHA-256 of the base's file. Free of torch.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dissection.models.weights.fault import WeightsFault
from dissection.runtime.files import file_digest, reason
from dissection.runtime.model_names import bundled_file, fetched_file

#: Under these a file says in which form its weights are.
FORM, VERSION = "weights_form", "weights_version"
_TEXTS = {FORM: "overlay", VERSION: "1"}
_BASE, _SHA256 = "base", "base_sha256"
#: Never a path: what a file says may come from anybody.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,79}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Base:
    """The file that an overlay was made for.

    Attributes:
        name: the bare name of a bundled or fetched model.
        sha256: of its file, 64 hexadecimal digits.

    Raises:
        WeightsFault: they are something else.
    """

    name: str
    sha256: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise WeightsFault(
                f"its text {_BASE} should be the bare name of a model, such as storybook-church, "
                "and is not"
            )
        if not _DIGEST.fullmatch(self.sha256):
            raise WeightsFault(
                f"its text {_SHA256} should be the 64 hexadecimal digits of a SHA-256 and is not"
            )


def is_overlay(texts: Mapping[str, str]) -> bool:
    """Whether a file with these texts is in the overlay form, of whatever version."""
    return texts.get(FORM) == _TEXTS[FORM]


def overlay_texts(texts: Mapping[str, str], base: Base) -> dict[str, str]:
    """All texts of an overlay.

    Args:
        texts: more texts of the file.
        base: what it is laid over.
    """
    return {**texts, **_TEXTS, _BASE: base.name, _SHA256: base.sha256}


def whole_texts(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts without those of an overlay: a file that holds all weights has no base."""
    return {key: text for key, text in texts.items() if key not in (*_TEXTS, _BASE, _SHA256)}


def base_of(texts: Mapping[str, str]) -> Base:
    """What an overlay with these texts is laid over.

    Raises:
        WeightsFault: the version is unknown, or the texts name no base.
    """
    version = texts.get(VERSION, "?")
    if version != _TEXTS[VERSION]:
        raise WeightsFault(
            f"its weights are in the form {_TEXTS[FORM]}, version {version}, and this program "
            f"reads version {_TEXTS[VERSION]}; open it with a newer program"
        )
    return Base(texts.get(_BASE, ""), texts.get(_SHA256, ""))


def find_base(base: Base, beside: Path | None = None) -> Path:
    """The file of a base: bundled, ``NAME.safetensors`` in a folder, or fetched.

    Args:
        base: what to find; of files with its name the one with its SHA-256 is taken.
        beside: the folder of the overlay; None looks in none.

    Raises:
        WeightsFault: there is none, all are other ones, or one cannot be read.
    """
    other = None
    for path in _candidates(base.name, beside):
        try:
            digest = file_digest(path)
        except OSError as error:
            raise WeightsFault(f"its base {path} cannot be read: {reason(error)}") from error
        if digest == base.sha256:
            return path
        other = other or (path, digest)
    told = f"it holds only what differs from {base.name}"
    beside_it = f"put {base.name}.safetensors beside it"
    if other is None:
        raise WeightsFault(f"{told}, which is not here; fetch that model, or {beside_it}")
    raise WeightsFault(
        f"{told} with SHA-256 {base.sha256[:12]}, and {other[0]} has {other[1][:12]}; to use it, "
        f"get the file that it was made for and {beside_it}"
    )


def _candidates(name: str, beside: Path | None) -> Iterator[Path]:
    """Files that a base of this name may be, which are there."""
    neighbor = None if beside is None else beside / f"{name}.safetensors"
    if neighbor is not None and not neighbor.is_file():
        neighbor = None
    found = (bundled_file(name), neighbor, fetched_file(name))
    return (path for path in found if path is not None)
