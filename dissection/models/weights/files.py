"""Named tensors: their digest, and files of them, in which nothing is ever executed."""

import hashlib
import json
import re
import warnings
from collections.abc import Mapping
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from dissection.models.weights.compact import expanded, is_compact
from dissection.models.weights.fault import WeightsFault

#: Bytes of a file of weights that is read at most.
LARGEST_WEIGHTS = 8 << 30


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Named tensors and texts of a file of any form, told apart by its first bytes.

    Safetensors, or what ``torch.save`` wrote: a mapping of tensors, or one with such a mapping
    under ``state_dict``. The values of the latter may be anything plain: check them with
    ``require_plain``. What a safetensors file holds in 8 bits (``compact_weights``) comes back as
    float32 under the plain names, and without the texts that say so.

    Raises:
        WeightsFault: it is neither, is damaged, in a version of the compact form that is not
            known, or is a pickle with code in it.
    """
    with path.open("rb") as stream:
        head = stream.read(9)
    if head[8:9] == b"{":
        try:
            with safetensors.safe_open(path, "pt") as file:
                tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
                texts = dict(file.metadata() or {})
        except safetensors.SafetensorError as error:
            raise WeightsFault("it is a damaged safetensors file") from error
        return expanded(tensors, texts)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # on odd pickles, which fail below
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
    if isinstance(loaded, Mapping) and isinstance(loaded.get("state_dict"), Mapping):
        loaded = loaded["state_dict"]
    if not isinstance(loaded, Mapping):
        raise WeightsFault(f"it holds a {type(loaded).__name__}, not named tensors")
    return {str(key): value for key, value in loaded.items()}, {}


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
    with path.open("rb") as stream:
        if stream.read(9)[8:9] != b"{":
            return False
    with safetensors.safe_open(path, "pt") as file:
        return is_compact(file.metadata() or {})


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


def network_digest(network: nn.Module) -> str:
    """SHA-256 of a network's named weights, for networks that did not come from a file."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().reshape(-1).contiguous().view(torch.uint8).numpy())
    return digest.hexdigest()
