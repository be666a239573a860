"""What a network is fed with while it is dissected."""

import hashlib
from collections.abc import Generator, Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from dissection.errors import BadInputError
from dissection.latents import standard


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
        self.values = torch.from_numpy(np.array(values, np.float32))
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

    def __len__(self) -> int:
        return len(self.values)

    def inputs(self, rows: Sequence[int]) -> Tensor:
        """Float32 (n, d), on the CPU."""
        return self.values[list(rows)]
