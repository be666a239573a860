"""Named tensors: their digest, and files of them, in which nothing is ever executed."""

import codecs
import hashlib
import json
import re
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from dissection.models.weights.compact import expanded, is_compact
from dissection.models.weights.fault import WeightsFault
from dissection.models.weights.overlay import base_of, is_overlay
from dissection.runtime.reading import open_ordinary

#: Bytes of a file of weights that is read at most.
LARGEST_WEIGHTS = 8 << 30
_HEAD = 16
#: The first bytes of Lua Torch's files, binary and as text: a tensor or table, then "V 1".
_LUA_TORCH = (b"\4\0\0\0\1\0\0\0\3\0\0\0V 1", b"\3\0\0\0\1\0\0\0", b"4\n1\n3\nV 1", b"3\n1\n")


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Named tensors and texts of a file of any form, told apart by its first bytes.

    Safetensors, or what ``torch.save`` wrote: a mapping of tensors, or one with such a mapping
    under ``state_dict``. The values of the latter may be anything plain: check them with
    ``require_plain``. What a safetensors file holds in 8 bits (``compact_weights``) comes back as
    float32 under the plain names, and without the texts that say so. Of a file that holds only
    what differs from another model (``weights.overlay``) that comes back, with all texts.

    Raises:
        OSError: it cannot be opened, is no ordinary file, or above ``LARGEST_WEIGHTS``.
        WeightsFault: it is neither, is damaged, in a version of the compact form that is not
            known, or is a pickle with code in it.
    """
    loaded, texts = read_checkpoint(path)
    if isinstance(loaded.get("state_dict"), Mapping):
        loaded = {str(key): value for key, value in loaded["state_dict"].items()}
    return loaded, texts


def read_checkpoint(path: Path) -> tuple[dict[str, Any], dict[str, str]]:
    """What a file of weights holds, with all that lies around them; see ``wrappers``.

    Returns:
        A mapping as it was saved, of tensors, mappings and plain values; and the texts of a
        safetensors file.

    Raises:
        WeightsFault: as of ``read_tensors``; TorchScript and Lua Torch are named as what they are.
    """
    with open_ordinary(path, LARGEST_WEIGHTS) as stream:
        head = stream.read(_HEAD)
    if head[8:9] == b"{":
        try:
            with safetensors.safe_open(path, "pt") as file:
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - no dict
                texts = dict(file.metadata() or {})
        except OSError:
            raise
        except Exception as error:
            # The library's own errors, and those of torch about sizes and types that are none.
            raise WeightsFault("it is a damaged safetensors file") from error
        return expanded(tensors, texts)
    if _is_torchscript(path, head):
        raise WeightsFault(
            "it is TorchScript, whose layers cannot be observed; save the state_dict() of the "
            "module that it was made of"
        )
    if any(head.startswith(start) for start in _LUA_TORCH):
        raise WeightsFault(
            "it is a file of Lua Torch (.t7), which is not read; convert it to PyTorch first"
        )
    _require_stored(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # on odd pickles, which fail below
            with torch.serialization.safe_globals(_HARMLESS):
                loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        # Foreign bytes make the reader fail in a dozen ways, none of which concerns the user.
        code = re.search(r"GLOBAL ([\w.]+)", str(error))
        if code:
            raise WeightsFault(
                f"it is a pickle that asks for {code[1]}, which may run code; only files of plain "
                "tensors are read"
            ) from error
        raise WeightsFault("it is no PyTorch or safetensors file, or is damaged") from error
    if not isinstance(loaded, Mapping):
        raise WeightsFault(f"it holds a {type(loaded).__name__}, not named tensors")
    return {str(key): value for key, value in loaded.items()}, {}


def _is_torchscript(path: Path, head: bytes) -> bool:
    if not head.startswith(b"PK"):
        return False
    return any(part.filename.endswith("/constants.pkl") for part in _zip_parts(path))


def _number(dtype: np.dtype[Any], data: bytes = b"") -> Any:
    """A NumPy number that stands beside the weights: an accuracy, a loss."""
    if not isinstance(dtype, np.dtype) or dtype.kind not in "biuf" or not isinstance(data, bytes):
        raise ValueError("no number")
    return np.frombuffer(data, dtype, 1)[0]


class _Notes:
    """The options of a training script, which are not looked at."""


_HARMLESS: list[Any] = [
    (_number, "numpy.core.multiarray.scalar"),
    (_number, "numpy._core.multiarray.scalar"),
    (_Notes, "argparse.Namespace"),
    np.dtype,
    *{type(np.dtype(kind)) for kind in "?bhilqBHILQefd"},
    (codecs.encode, "_codecs.encode"),
]


def _require_stored(path: Path) -> None:
    """``torch.save`` compresses nothing; a file that does can unpack to a thousand times its size.

    Raises:
        WeightsFault: a part of it is compressed.
    """
    if any(part.compress_type != zipfile.ZIP_STORED for part in _zip_parts(path)):
        raise WeightsFault("its parts are compressed, which torch.save does not do")


def _zip_parts(path: Path) -> list[zipfile.ZipInfo]:
    """The parts of a zip file; none of what is none, or damaged: what reads it next says so."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()
    except Exception:
        return []  # foreign bytes make the reader fail in half a dozen ways


def safetensors_bytes(tensors: Mapping[str, Tensor], texts: Mapping[str, str]) -> bytes:
    """A safetensors file of tensors and texts: the same bytes for the same content.

    The library writes the texts in another order each time, and the digest would change with it.
    """
    data = safetensors.torch.save(dict(tensors), metadata=dict(texts))
    start = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:start])
    header["__metadata__"] = dict(sorted(texts.items()))
    told = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    told += b" " * (-len(told) % 8)  # the tensors behind it stay aligned
    return len(told).to_bytes(8, "little") + told + data[start:]


def is_compact_file(path: Path) -> bool:
    """Whether a file that ``read_tensors`` reads holds weights in 8 bits."""
    return is_compact(_texts(path))


def is_overlay_file(path: Path) -> bool:
    """Whether a file that ``read_tensors`` reads holds only what differs from another model."""
    return is_overlay(_texts(path))


def base_name(path: Path) -> str:
    """The model that an overlay's file names as its base; "" of what is no such file."""
    try:
        texts = _texts(path)
        return base_of(texts).name if is_overlay(texts) else ""
    except (OSError, safetensors.SafetensorError, WeightsFault):
        return ""


def _texts(path: Path) -> dict[str, str]:
    with open_ordinary(path, LARGEST_WEIGHTS) as stream:
        if stream.read(9)[8:9] != b"{":
            return {}
    with safetensors.safe_open(path, "pt") as file:
        return dict(file.metadata() or {})


def require_plain(key: str, tensor: object) -> Tensor:
    """Numbers that are all there: a view can claim a size that its storage does not have.

    Raises:
        WeightsFault: it is something else.
    """
    if not isinstance(tensor, Tensor):
        raise WeightsFault(f"{key} is a {type(tensor).__name__}, not a tensor")
    if tensor.layout != torch.strided or tensor.is_meta:
        raise WeightsFault(f"{key} does not hold plain numbers")
    if tensor.numel() * tensor.element_size() > tensor.untyped_storage().nbytes():
        raise WeightsFault(f"{key} claims more values than the file holds")
    return tensor


def all_finite(tensor: Tensor) -> bool:
    """Whether all numbers of a tensor are finite; a tenth of the time that asking each takes."""
    if not tensor.numel():
        return True
    return bool(torch.isfinite(torch.stack(torch.aminmax(tensor))).all())


def network_digest(network: nn.Module) -> str:
    """SHA-256 of a network's named weights, for networks that did not come from a file."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().reshape(-1).contiguous().view(torch.uint8).numpy())
    return digest.hexdigest()
