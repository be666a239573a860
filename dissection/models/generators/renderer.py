"""Fast pictures of one latent under changing edits: the engine behind live painting.

A frame after a mouse move differs from the one before in one stroke. So the strokes below it are
kept composited, the activations of the frame on screen are kept, and only what the changed cells
can reach is computed again.
"""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from dissection.data.images import Picture
from dissection.errors import BadInputError
from dissection.models.generators.folded import FoldedGenerator
from dissection.models.generators.frame import Frame
from dissection.models.generators.live import operators
from dissection.models.generators.live.frame import LiveFrame
from dissection.models.generators.live.network import LiveNetwork
from dissection.models.generators.live.ranges import stored_ranges
from dissection.models.generators.live.refinement import refine
from dissection.models.generators.live.trials import TrialFrame
from dissection.models.generators.precision import (
    EIGHT_BIT,
    choose_device,
    chosen_precision,
    fold_for_speed,
    full_float32,
    require_live_precision,
)
from dissection.models.generators.progressive import ProgressiveGenerator, as_latents, require_layer
from dissection.models.generators.variants import variants
from dissection.painting.edits import Composite, Edit, LayerEdit, Stroke
from dissection.runtime.choices import Device, LivePrecision, Precision


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
        precision: ``auto``, ``float32``, ``bfloat16`` or ``int8``; auto takes what is faster,
            measured on a CPU at the start (about half a second), and ``refinement`` makes int8 of
            it where that is faster still. ``int8`` is measured as far as needed (a minute at most,
            for a generator that is not known yet); where there is none, it is bfloat16.
        later: have ``refinement`` make int8 of it where that is to be measured first; pictures are
            bfloat16 until then.

    Attributes:
        generator: as given.
        device: what was chosen, for example ``cpu``.
        remark: why the precision asked for is not the one in use, a sentence; else empty. With
            ``auto`` where bfloat16 is, because this torch has lost what int8 needs.

    Raises:
        BadInputError: no such device or precision.

    Example:
        >>> from dissection.models.generators.checkpoints import load_generator
        >>> renderer = Renderer(load_generator("storybook-church"), "cpu", "float32")
        >>> renderer.set_latent(np.ones(512))
        >>> renderer.render().shape
        (128, 128, 3)
    """

    def __init__(
        self,
        generator: ProgressiveGenerator,
        device: Device = "auto",
        precision: LivePrecision = "auto",
        later: bool = False,
    ) -> None:
        self.generator = generator
        self._device = choose_device(device)
        self.device = str(self._device)
        wanted = require_live_precision(precision)
        self.remark = ""
        eight_bit = wanted == EIGHT_BIT
        self._auto = wanted == "auto"
        passes: Precision = "bfloat16" if wanted == EIGHT_BIT else wanted
        folded = fold_for_speed(generator, self._device, passes)
        self._exact: Frame | None = None
        if self._device.type == "cpu" and folded.dtype != torch.float32:
            self._live: Frame = LiveFrame(LiveNetwork(generator, folded))
        else:
            self._live = self._frame(folded)
            self._exact = self._live if folded.dtype == torch.float32 else None
        self._compiler = _Compiler(generator)
        self._latent: Tensor | None = None
        self._trials: TrialFrame | None = None
        self._forcing: Iterator[None] = iter(())
        if eight_bit:
            self._force_eight_bit(later)
        elif self._auto and isinstance(self._live, LiveFrame) and not operators.is_offered():
            self.remark = operators.MISSING  # it was faster yet with another version of torch

    @property
    def precision(self) -> str:
        """What live pictures are computed in: ``float32``, ``bfloat16`` or ``int8``.

        The last has some layers in bfloat16. A picture lies within 1.5 levels of 255 of the exact
        one on average in bfloat16, within 2 in int8.
        """
        if isinstance(self._live, LiveFrame):
            return self._live.live.precision
        return chosen_precision(self._live.network)

    def refinement(self) -> Iterator[None]:
        """Steps that make live pictures faster, each as long as a picture or two.

        They may be taken at any time between other calls, and be left off. Where the precision
        was not left to this machine, or where eight bits bring nothing here, there are none but
        those of int8 that were put off; ``remark`` may be another behind them.
        """
        yield from self._forcing
        if not self._auto or self._device.type != "cpu":
            return
        if isinstance(self._live, LiveFrame):
            yield from refine(self.generator, self._live.live, self._exact_network)
            return
        network = LiveNetwork(self.generator, self._live.network)
        yield from refine(self.generator, network, self._exact_network)
        if network.eight_bit:
            self._live = LiveFrame(network)
            if self._latent is not None:
                self._live.set_latent(self._latent)

    def _force_eight_bit(self, later: bool) -> None:
        if not isinstance(self._live, LiveFrame):
            self.remark = operators.ELSEWHERE
        elif not operators.has_eight_bit():
            self.remark = operators.MISSING
        else:
            self._forcing = self._by_force(self._live.live)
            if not later or stored_ranges(self.generator.name, self.generator.digest) is not None:
                for _ in self._forcing:
                    pass

    def _by_force(self, network: LiveNetwork) -> Iterator[None]:
        for _ in refine(self.generator, network, self._exact_network, measured=False):
            if network.eight_bit:
                return
            yield
        if not network.eight_bit:
            self.remark = operators.TOO_FAR

    def _exact_network(self) -> FoldedGenerator:
        return self._float32().network

    @torch.inference_mode()
    def set_latent(self, z: ArrayLike | Tensor) -> None:
        """Choose the picture to edit.

        Args:
            z: (d,), (1, d) or (1, d, 1, 1), real numbers, numpy or tensor; copied.

        Raises:
            BadInputError: another shape, or numbers that are not finite.
        """
        self._latent = latent = self._one_latent(z)
        self._trials = None
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
    def features(self, layer: str, edit: Edit | None = None) -> NDArray[np.float32]:
        """A layer's output, computed in float32.

        Args:
            layer: the layer's name.
            edit: the strokes that it is to show, those on the layer itself among them; None is
                the layer as generated. Right behind the exact picture of the same edit this costs
                no more than a copy.

        Returns:
            float32 (C, h, w); the caller's own.

        Raises:
            UnknownNameError: there is no such layer.
            BadInputError: the edit changes a unit that its layer does not have.
        """
        require_layer(layer, self.generator.layer_names)
        self._require_latent()
        frame = self._float32()
        compiled = self._compiler.compile(edit) if edit else None
        with full_float32(self._device):
            output = frame.edited(layer, compiled) if compiled else frame.clean(layer)
        return output[0].cpu().contiguous().numpy().copy()

    @torch.inference_mode()
    def aside(self, z: ArrayLike | Tensor, edit: Edit | None = None) -> Picture:
        """A live picture of another latent; the one that is being edited stays where it is.

        Args:
            z: as for ``set_latent``.
            edit: strokes; None is the picture as generated.

        Returns:
            uint8 (R, R, 3), RGB; the caller's own.

        Raises:
            BadInputError, UnknownNameError: as ``set_latent`` and ``render`` do.
        """
        live = self._live
        frame = LiveFrame(live.live) if isinstance(live, LiveFrame) else self._frame(live.network)
        frame.set_latent(self._one_latent(z))
        return frame.picture(_Compiler(self.generator).compile(edit or Edit()))

    def _one_latent(self, z: ArrayLike | Tensor) -> Tensor:
        """A latent, float32 (1, d, 1, 1), on the CPU; raises as ``set_latent`` does."""
        latent = torch.tensor(z) if not isinstance(z, Tensor) else z.detach().clone()
        latent = as_latents(latent[None] if latent.ndim == 1 else latent, self.generator.depth)
        latent = latent.float().cpu()
        if len(latent) != 1 or not bool(torch.isfinite(latent).all()):
            raise BadInputError(
                f"A picture is made from one latent of {self.generator.depth} finite numbers."
            )
        return latent

    @torch.inference_mode()
    def variants(self, edit: Edit, strokes: Sequence[Stroke], exact: bool = False) -> Tensor:
        """Pictures of the latent under an edit with each of some strokes on top, as one batch.

        Args:
            edit: the strokes that all of them have.
            strokes: one for each picture, at least one.
            exact: compute in float32 throughout.

        Returns:
            float32 (N, 3, R, R), RGB, nominally -1..1, unclamped, on ``device``: as a segmenter
            takes them.

        Raises:
            UnknownNameError: a stroke changes a layer that the generator does not have.
            BadInputError: a stroke changes a unit that the layer does not have.
        """
        self._require_latent()
        frame = self._float32() if exact else self._live
        base = self._compiler.compile(edit)
        compiler = _Compiler(self.generator)  # leaves what is kept for painting alone
        others = [compiler.compile(edit.then(stroke)) for stroke in strokes]
        with full_float32(self._device) if frame is self._exact else nullcontext():
            if not isinstance(frame, LiveFrame):
                return variants(frame, base, others)
            if self._trials is None or self._trials.live is not frame.live:
                self._trials = TrialFrame(frame.live)
                assert self._latent is not None  # it was required above
                self._trials.set_latent(self._latent)
            return self._trials.variants(base, others)

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
