"""Fast pictures of one latent under changing edits: the engine behind live painting.

A frame after a mouse move differs from the one before in one stroke. So the strokes below it are
kept composited, the activations of the frame on screen are kept, and only what the changed cells
can reach is computed again.
"""

from contextlib import nullcontext

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from dissection.edits import Composite, Edit, LayerEdit, Stroke
from dissection.errors import BadInputError
from dissection.generators.folded import FoldedGenerator
from dissection.generators.frame import Frame
from dissection.generators.precision import choose_device, fold_for_speed, full_float32
from dissection.generators.progressive import ProgressiveGenerator, as_latents, require_layer
from dissection.images import Picture


class _Compiler:
    """Compiles edits to the maps of their layers; what lies below the last stroke is kept."""

    def __init__(self, generator: ProgressiveGenerator) -> None:
        self._generator = generator
        self._below: dict[str, tuple[tuple[Stroke, ...], Composite]] = {}

    def compile(self, edit: Edit) -> dict[str, LayerEdit]:
        """The maps of the layers that the edit does change."""
        names = self._generator.layer_names
        touched = edit.layers()
        for name in touched:
            require_layer(name, names)
        self._below = {name: kept for name, kept in self._below.items() if name in touched}
        compiled = ((name, self._layer(edit, name)) for name in touched)
        return {name: layer_edit for name, layer_edit in compiled if layer_edit.alpha.any()}

    def _layer(self, edit: Edit, name: str) -> LayerEdit:
        *below, last = edit.strokes
        # Taken out while strokes are added: one of them may be refused half-way.
        known, composite = self._below.pop(name, ((), None))
        # Strokes are immutable and compare by identity.
        if composite is None or tuple(below[: len(known)]) != known:
            known, composite = (), Composite(name, *self._generator.layer_shape(name))
        for stroke in below[len(known) :]:
            composite.add(stroke)
        self._below[name] = tuple(below), composite
        top = composite.copy()
        top.add(last)
        return top.layer_edit()


class Renderer:
    """Renders pictures of a generator; for one thread at a time, without global state.

    Args:
        generator: from ``load_generator``; it is not changed.
        device: ``auto`` (cuda, else mps, else cpu) or one of these.
        precision: ``auto``, ``float32`` or ``bfloat16``; auto takes what is faster, measured on
            a CPU at the start (about half a second).

    Attributes:
        generator: as given.
        device: what was chosen, for example ``cpu``.
        precision: what live pictures are computed in, ``float32`` or ``bfloat16``. A bfloat16
            picture lies within 1.5 levels of 255 of the exact one on average.

    Raises:
        BadInputError: no such device or precision.
    """

    def __init__(
        self, generator: ProgressiveGenerator, device: str = "auto", precision: str = "auto"
    ) -> None:
        self.generator = generator
        self._device = choose_device(device)
        self.device = str(self._device)
        self._live = self._frame(fold_for_speed(generator, self._device, precision))
        self.precision = str(self._live.network.dtype).removeprefix("torch.")
        self._exact = self._live if self.precision == "float32" else None
        self._compiler = _Compiler(generator)
        self._latent: Tensor | None = None

    @torch.inference_mode()
    def set_latent(self, z: ArrayLike | Tensor) -> None:
        """Choose the picture to edit.

        Args:
            z: (d,), (1, d) or (1, d, 1, 1), real numbers, numpy or tensor; copied.

        Raises:
            BadInputError: another shape, or numbers that are not finite.
        """
        latent = torch.tensor(z) if not isinstance(z, Tensor) else z.detach().clone()
        latent = as_latents(latent[None] if latent.ndim == 1 else latent, self.generator.depth)
        latent = latent.float().cpu()
        if len(latent) != 1 or not bool(torch.isfinite(latent).all()):
            raise BadInputError(
                f"A picture is made from one latent of {self.generator.depth} finite numbers."
            )
        self._latent = latent
        self._live.set_latent(latent)
        if self._exact is not None:
            self._exact.set_latent(latent)

    @torch.inference_mode()
    def render(self, edit: Edit | None = None, exact: bool = False) -> Picture:
        """The picture of the latent under an edit.

        Args:
            edit: strokes; None is the picture as generated.
            exact: compute in float32 throughout, as for a saved picture; a live picture may be
                in a faster precision.

        Returns:
            uint8 (R, R, 3), RGB; the caller's own.

        Raises:
            UnknownNameError: the edit changes a layer that the generator does not have.
            BadInputError: the edit changes a unit that the layer does not have.
        """
        frame = self._float32() if exact else self._live
        self._require_latent()
        compiled = self._compiler.compile(edit or Edit())
        with full_float32(self._device) if frame is self._exact else nullcontext():
            return frame.picture(compiled).copy()

    @torch.inference_mode()
    def features(self, layer: str) -> NDArray[np.float32]:
        """A layer's unedited output: float32 (C, h, w), computed in float32.

        Raises:
            UnknownNameError: there is no such layer.
        """
        require_layer(layer, self.generator.layer_names)
        self._require_latent()
        with full_float32(self._device):
            clean = self._float32().clean(layer)[0]
        return clean.cpu().contiguous().numpy().copy()

    def _require_latent(self) -> None:
        if self._latent is None:
            raise RuntimeError("set_latent comes before anything that needs one")

    def _frame(self, network: FoldedGenerator) -> Frame:
        # Elsewhere starting the additional kernels costs more than their arithmetic saves.
        return Frame(network, patch=self._device.type == "cpu")

    def _float32(self) -> Frame:
        """The frame in float32; its network is made when it is first needed."""
        if self._exact is None:
            self._exact = self._frame(FoldedGenerator(self.generator, self._device, torch.float32))
            if self._latent is not None:
                self._exact.set_latent(self._latent)
        return self._exact
