"""Fast pictures of one latent under changing edits: the engine behind live painting.

A frame after a mouse move differs from the one before in one stroke. So everything that an edit
does not change is kept: the unedited features in front of the first edited layer, and behind it
the features up to each further edited layer. Only what lies behind the first changed blend is
computed again.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from dissection.edits import Composite, Edit, LayerEdit, Stroke
from dissection.errors import BadInputError
from dissection.generators.folded import FoldedGenerator
from dissection.generators.precision import choose_device, fold_for_speed
from dissection.generators.progressive import ProgressiveGenerator, as_latents, require_layer
from dissection.images import Picture, to_bytes


@dataclass(eq=False)
class _Blend:
    """One edited layer of the last rendering."""

    layer: str
    edit: LayerEdit
    before: Tensor  # the layer's output with all earlier blends, but not this one, applied

    def matches(self, layer: str, edit: LayerEdit) -> bool:
        return (
            layer == self.layer
            and np.array_equal(edit.alpha, self.edit.alpha)
            and np.array_equal(edit.value, self.edit.value)
        )

    def applied(self) -> Tensor:
        """``x (1 - alpha) + value alpha`` (Bau et al. 2020, unit interventions)."""
        x = self.before
        alpha = torch.from_numpy(self.edit.alpha).to(x.device)
        value = torch.from_numpy(self.edit.value).to(x.device)
        return torch.lerp(x.float(), value, alpha).to(x.dtype)


class _Passes:
    """Forward passes of one network for one latent, with what they have in common kept.

    Nothing is assumed about the order of calls: what is kept is compared by content.
    """

    def __init__(self, network: FoldedGenerator) -> None:
        self.network = network
        self._order = list(network.steps)
        self._latent: Tensor | None = None
        self._clean: dict[str, Tensor] = {}
        self._blends: list[_Blend] = []
        self._picture: Picture | None = None

    def set_latent(self, latent: Tensor) -> None:
        """Forget everything about the latent before."""
        self._latent = latent.to(self.network.device)
        self._clean.clear()
        self._blends = []
        self._picture = None

    def clean(self, layer: str) -> Tensor:
        """The unedited output (1, C, h, w) of a layer, from the nearest one that is kept."""
        if layer not in self._clean:
            reach = self._order[: self._order.index(layer)]
            near = next((name for name in reversed(reach) if name in self._clean), None)
            start = self._latent if near is None else self._clean[near]
            assert start is not None  # Renderer asks for a latent first
            self._clean[layer] = self.network.run(start, near, layer)
        return self._clean[layer]

    def picture(self, edits: list[tuple[str, LayerEdit]]) -> Picture:
        """The picture under the blends of some layers, given in the network's order."""
        same = 0
        while same < min(len(edits), len(self._blends)) and self._blends[same].matches(
            *edits[same]
        ):
            same += 1
        if self._picture is not None and same == len(edits) == len(self._blends):
            return self._picture
        # The features in front of the first changed blend do not depend on it: they stay right
        # where the blend is in the same layer.
        reusable = self._blends[same : same + 1]
        self._blends, self._picture = self._blends[:same], None
        for layer, layer_edit in edits[same:]:
            if reusable and reusable[0].layer == layer:
                before = reusable[0].before
            elif self._blends:
                before = self.network.run(self._blends[-1].applied(), self._blends[-1].layer, layer)
            else:
                before = self.clean(layer)
            reusable = []
            self._blends.append(_Blend(layer, layer_edit, before))
        if self._blends:
            image = self.network.run(self._blends[-1].applied(), self._blends[-1].layer)
        else:
            image = self.clean(self._order[-1])
        self._picture = to_bytes(image)[0]
        return self._picture


class _Compiler:
    """Compiles edits to the maps of their layers; what lies below the last stroke is kept."""

    def __init__(self, generator: ProgressiveGenerator) -> None:
        self._generator = generator
        self._below: dict[str, tuple[tuple[Stroke, ...], Composite]] = {}

    def compile(self, edit: Edit) -> list[tuple[str, LayerEdit]]:
        """The layers that the edit does change, in the network's order."""
        names = self._generator.layer_names
        touched = edit.layers()
        for name in touched:
            require_layer(name, names)
        self._below = {name: kept for name, kept in self._below.items() if name in touched}
        compiled = ((name, self._layer(edit, name)) for name in names if name in touched)
        return [(name, layer_edit) for name, layer_edit in compiled if layer_edit.alpha.any()]

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
        self._live = _Passes(fold_for_speed(generator, self._device, precision))
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
        passes = self._float32() if exact else self._live
        self._require_latent()
        return passes.picture(self._compiler.compile(edit or Edit())).copy()

    @torch.inference_mode()
    def features(self, layer: str) -> NDArray[np.float32]:
        """A layer's unedited output: float32 (C, h, w), computed in float32.

        Raises:
            UnknownNameError: there is no such layer.
        """
        require_layer(layer, self.generator.layer_names)
        self._require_latent()
        clean = self._float32().clean(layer)[0]
        return clean.cpu().contiguous().numpy().copy()

    def _require_latent(self) -> None:
        if self._latent is None:
            raise RuntimeError("set_latent comes before anything that needs one")

    def _float32(self) -> _Passes:
        """The passes in float32; their network is made when it is first needed."""
        if self._exact is None:
            self._exact = _Passes(FoldedGenerator(self.generator, self._device, torch.float32))
            if self._latent is not None:
                self._exact.set_latent(self._latent)
        return self._exact
