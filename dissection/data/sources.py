"""What a network is fed with while it is dissected."""

import hashlib
from collections.abc import Generator, Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from dissection.data.latents import standard
from dissection.errors import BadInputError

#: Pictures are of -1..1, and those of generators run over a little; what goes beyond this was
#: made for something else, 0..255 or normalized.
BRIGHTEST = 2.0


@runtime_checkable
class Source(Protocol):
    """A sample of inputs.

    Attributes:
        generates: whether the network's output is the picture (a generator), or its input is (a
            classifier).
        provenance: what identifies the sample, plain JSON values; ``size`` among them.
    """

    generates: bool
    provenance: dict[str, Any]

    def __len__(self) -> int:
        """How many inputs there are."""
        ...

    def inputs(self, rows: Sequence[int]) -> Tensor:
        """The network's input for some places of the sample, float32 (n, ...), on the CPU."""
        ...


@runtime_checkable
class LoadsAhead(Protocol):
    """A source that prepares inputs while the network is busy with those before."""

    def load(self, rows: Sequence[int]) -> Generator[NDArray[np.uint8], None, None]:
        """One by one, in order, what ``batch`` makes inputs of."""
        ...

    def batch(self, loaded: Iterable[NDArray[np.uint8]], /) -> Tensor:
        """Some of what ``load`` gave as the network's input, float32 (n, ...), on the CPU."""
        ...


class Latents:
    """A sample of latents; place i of it is latent i.

    Args:
        values: float (N, ...), as the network takes them.
        provenance: what they are; None takes their SHA-256.

    Raises:
        BadInputError: there are none.
    """

    generates = True

    def __init__(self, values: ArrayLike, provenance: dict[str, Any] | None = None) -> None:
        self.values = torch.from_numpy(np.array(_array(values), np.float32))
        if self.values.ndim < 2 or not len(self.values):
            raise BadInputError(
                f"A sample holds at least 1 latent, as (N, d), not {tuple(self.values.shape)}."
            )
        digest = hashlib.sha256(self.values.numpy().tobytes()).hexdigest()
        self.provenance = {
            **(provenance or {"kind": "latents", "sha256": digest}),
            "size": len(self.values),
        }

    @classmethod
    def of_seed(cls, size: int, depth: int = 512, seed: int = 1) -> "Latents":
        """The first rows of the standard latents of Bau et al. 2020.

        Raises:
            BadInputError: a size below 1.
        """
        if size < 1:
            raise BadInputError(f"A dissection measures at least 1 latent, not {size}.")
        provenance = {"kind": "standard latents", "seed": seed, "depth": depth}
        return cls(standard(size, depth, seed), provenance)

    @classmethod
    def of_rows(cls, size: int, depth: int = 512, first: int = 0) -> "Latents":
        """Rows of the standard latents of Bau et al. 2020 from one on: scenes of a painter.

        Raises:
            BadInputError: a size below 1, or rows beyond the last.
        """
        if size < 1:
            raise BadInputError(f"A sample holds at least 1 latent, not {size}.")
        provenance = {"kind": "standard latents", "seed": 1, "first": first, "depth": depth}
        return cls(standard(range(first, first + size), depth), provenance)

    def __len__(self) -> int:
        return len(self.values)

    def inputs(self, rows: Sequence[int]) -> Tensor:
        """Float32 (n, d), on the CPU."""
        return self.values[list(rows)]


class Images:
    """Pictures in memory as a sample for classifiers; place i of it is picture i.

    Args:
        values: float (N, 3, H, W), RGB, -1..1. See ``classifiers.transforms`` for networks that
            want them otherwise.
        provenance: what they are; None takes the SHA-256 of their values.

    Raises:
        BadInputError: there are none, or they are no such pictures.
    """

    generates = False

    def __init__(self, values: ArrayLike, provenance: dict[str, Any] | None = None) -> None:
        found = _array(values)
        if found.ndim != 4 or not len(found) or found.shape[1] != 3 or not found.size:
            raise BadInputError(
                f"A sample holds at least 1 picture, as (N, 3, H, W), not {found.shape}."
            )
        if not np.issubdtype(found.dtype, np.floating):
            raise BadInputError(
                f"Pictures are floats of -1..1, and these are {found.dtype}; make them "
                "x / 127.5 - 1 if they are 0..255."
            )
        self.values = torch.from_numpy(np.array(found, np.float32, order="C"))
        lowest, highest = (float(value) for value in self.values.aminmax())
        if not -BRIGHTEST <= lowest <= highest <= BRIGHTEST:
            raise BadInputError(
                f"Pictures are of -1..1, and these run from {lowest:g} to {highest:g}; bring them "
                "there, and let takes_pictures normalize them for the network."
            )
        digest = hashlib.sha256(self.values.numpy().data).hexdigest()
        self.provenance = {
            **(provenance or {"kind": "pictures", "sha256": digest}),
            "shape": list(self.values.shape[1:]),
            "size": len(self.values),
        }

    def __len__(self) -> int:
        return len(self.values)

    def inputs(self, rows: Sequence[int]) -> Tensor:
        """Float32 (n, 3, H, W), on the CPU."""
        return self.values[list(rows)]


def _array(values: ArrayLike) -> NDArray[Any]:
    """Real numbers of any kind as an array."""
    try:
        found = np.asarray(values)
        if found.dtype.kind not in "biuf":
            raise ValueError(f"of {found.dtype}")
    except (TypeError, ValueError, RuntimeError) as error:  # ragged, or a tensor of no memory
        raise BadInputError(
            f"A sample is an array of real numbers, and this is none ({error})."
        ) from error
    return found


def as_source(given: object) -> Source:
    """What a network is to be fed with, as a source.

    Args:
        given: a ``Source``; or a tensor or array of pictures (N, 3, H, W), H and W above 1; or one
            of latents, which is any other shape. For a network that makes pictures of pictures,
            give ``Latents(pictures)``.

    Raises:
        BadInputError: it is none of these, or not numbers; see ``Images`` and ``Latents``.
    """
    if isinstance(given, Tensor):
        if given.layout != torch.strided or given.is_quantized or given.is_meta:
            raise BadInputError(
                "A network is fed with a dense tensor that is in memory, not with one of layout "
                f"{given.layout}, type {given.dtype} on '{given.device}'."
            )
        given = given.detach().cpu()
        given = (given.float() if given.is_floating_point() else given).numpy()
    if isinstance(given, np.ndarray):
        real = np.issubdtype(given.dtype, np.integer) or np.issubdtype(given.dtype, np.floating)
        if not (real or given.dtype == np.bool_):
            raise BadInputError(f"A network is fed with real numbers, not with {given.dtype}.")
        pictures = given.ndim == 4 and given.shape[1] == 3 and min(given.shape[2:]) > 1
        return Images(given) if pictures else Latents(given)
    if isinstance(given, Source) and not isinstance(given, type):
        return given
    raise BadInputError(
        "A network is fed with pictures (N, 3, H, W) or latents (N, d), as a tensor or array, or "
        f"with a source such as ImageFolder, and not with a {type(given).__name__}."
    )
