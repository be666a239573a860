"""Progressive growing (Karras et al. 2018, section 2): the plan, and a generator that grows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn
from torch.nn import functional as F

from dissection.errors import BadInputError
from dissection.models.generators.progressive import OutputLayer, ProgressiveGenerator, as_latents
from dissection.training.bounds import require_counts

_FADE = 5000  # images, at most
#: Images of a whole plan: more than any run shows, and counted exactly.
_MOST = 10**12


@dataclass(frozen=True)
class Phase:
    """Where a run stands: resolution index, fade-in weight of its colors, batch size."""

    stage: int
    alpha: float
    batch: int

    @property
    def size(self) -> int:
        """Width and height of the pictures of this phase, in px."""
        return 4 << self.stage


@dataclass(frozen=True)
class GrowthPlan:
    """How many images each resolution is shown.

    Attributes:
        images: images at 4, 8, 16, ... px; 0 skips a resolution (a run that goes on from trained
            weights skips all but the last).
        fade: images over which each resolution is faded in.
        batch: batch size at each resolution.
    """

    images: tuple[int, ...]
    fade: tuple[int, ...]
    batch: tuple[int, ...]

    def __post_init__(self) -> None:
        if not len(self.images) == len(self.fade) == len(self.batch):
            raise BadInputError(
                "A growth plan needs images, fade and batch for each resolution, not "
                f"{len(self.images)}, {len(self.fade)} and {len(self.batch)} numbers."
            )
        if min(self.batch) < 1 or min(self.images) < 0 or sum(self.images) < 1:
            raise BadInputError("A growth plan needs at least one image and batches of at least 1.")
        require_counts(batch=max(self.batch))
        if max(sum(self.images), *self.fade, *self.batch) > _MOST:
            raise BadInputError(
                f"A growth plan has at most {_MOST:,} images in all, in fade-in and in a batch."
            )

    @property
    def total(self) -> int:
        """Images of the whole run."""
        return sum(self.images, 0)

    def at(self, shown: int) -> Phase:
        """The phase of a run that has shown so many images."""
        edges = np.cumsum((0, *self.images))
        stage = int(np.searchsorted(edges, shown, side="right")) - 1
        stage = min(stage, len(self.images) - 1)
        fade = self.fade[stage]
        within = shown - int(edges[stage])
        alpha = 1.0 if stage == 0 or within >= fade else within / fade
        return Phase(stage, alpha, self.batch[stage])


def default_plan(resolutions: int, images: int, batch: int | None = None) -> GrowthPlan:
    """A plan for ``images`` images in all: each resolution about twice the one before.

    A long fade-in wastes images, since the new color layer learns little while its weight is
    small: 5,000 images, or a quarter of the resolution's share where that is less.
    """
    share = np.array([0.03, *(0.07 * 1.9**k for k in range(resolutions - 1))])
    counts = [round(float(images * s / share.sum())) for s in share]
    counts[-1] += images - sum(counts)
    batches = [batch or (32 if 4 * 2**k <= 32 else 16) for k in range(resolutions)]
    return GrowthPlan(tuple(counts), fades(counts), tuple(batches))


def fades(images: Sequence[int]) -> tuple[int, ...]:
    """Images of fade-in for so many images at 4, 8, ... px; the first is never faded in."""
    return tuple(0 if k == 0 else min(_FADE, count // 4) for k, count in enumerate(images))


def faded(coarse: Tensor, fine: Tensor, alpha: float | Tensor) -> Tensor:
    """From the coarse picture (alpha 0) to the fine one (1); alpha may be a tensor without axes."""
    return coarse + (fine - coarse) * alpha


class GrowingGenerator(nn.Module):
    """The published generator with a color layer at every resolution.

    Attributes:
        body: the generator at full size; its own output layer is the last of ``outputs``.
        outputs: color layers at 4, 8, ... px.
    """

    def __init__(self, units: Sequence[int], depth: int = 512) -> None:
        super().__init__()
        self.body = ProgressiveGenerator(units, depth)
        last = self.body[-1]
        assert isinstance(last, OutputLayer)
        self.outputs = nn.ModuleList([*(OutputLayer(count) for count in units[:-1]), last])

    def forward(self, z: Tensor, stage: int, alpha: float | Tensor = 1.0) -> Tensor:
        """Images (N, 3, R, R) at resolution ``4 * 2**stage``, faded in with weight ``alpha``.

        A float of 1 leaves the fading out; a tensor without axes, which may change between two
        replays of one CUDA graph, never does.
        """
        x = as_latents(z, self.body.depth)
        before = x
        for k in range(stage + 1):
            before = x
            x = self.body[2 * k + 1](self.body[2 * k](x))
        colors: Tensor = self.outputs[stage](x)
        if stage and (isinstance(alpha, Tensor) or alpha < 1):
            earlier = F.interpolate(self.outputs[stage - 1](before), scale_factor=2, mode="nearest")
            colors = faded(earlier, colors, alpha)
        return colors

    def at_stage(self, stage: int) -> ProgressiveGenerator:
        """The published form of what has been trained so far, as a copy.

        Raises:
            BadInputError: the stage is 0; the smallest published generator has 8 px.
        """
        generator = ProgressiveGenerator(self.body.units[: stage + 1], self.body.depth)
        tensors = {
            f"{name}.{key}": tensor
            for name in generator.layer_names
            for key, tensor in self.body.get_submodule(name).state_dict().items()
        }
        output = f"output_{generator.size}x{generator.size}"
        colors = self.outputs[stage].state_dict()
        tensors |= {f"{output}.{key}": tensor for key, tensor in colors.items()}
        generator.load_state_dict({k: t.detach().float().cpu() for k, t in tensors.items()})
        return generator.eval().requires_grad_(False)
