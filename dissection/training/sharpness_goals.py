"""What a generator is sharpened towards: an upscaler's outlines, and its own texture on walls.

From a quarter of the size an upscaler knows outlines, but no bricks and no planks: it leaves walls
plain. What a generator has learned of them is there before it is sharpened, laid over windows and
outlines as well. So its finest details are kept where they are strong and the upscaler sees nothing
of its own, and nowhere else. At a quarter of the size the generator was right all along: there the
pictures can be brought back to what it shows (iterative back-projection, Irani and Peleg 1991).
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from dissection.errors import BadInputError
from dissection.training.mixed import autocast
from dissection.training.upscaler import FACTOR, Upscaler, shrunk

_FINE = 9  # px over which details are smoothed away; what is finer is texture
_EDGE = 5  # px; what is finer is made stronger by contrast
_NEAR = 7  # px around a place in which an outline keeps texture out
_WIDE = 15  # px over which the strength of texture is told
_OUTLINE = 0.05  # mean absolute detail (of -1..1) from which on it is an outline
_STRONG = 0.04  # likewise, from which on texture is kept whole


def sharpness_goals(
    before: Tensor, upscaled: Tensor, texture: float = 0.0, contrast: float = 0.0
) -> Tensor:
    """Pictures to tune a generator towards.

    Args:
        before: what the generator makes, (N, 3, R, R), -1..1.
        upscaled: what an upscaler makes of them, shrunk: likewise.
        texture: share of the generator's own details that is kept on textured places.
        contrast: share by which the upscaler's finest details are made stronger (unsharp masking).

    Returns:
        (N, 3, R, R), -1..1.

    Example:
        >>> flat = torch.zeros(1, 3, 32, 32)
        >>> rows = 0.2 * (1.0 - 2.0 * (torch.arange(32) // 2 % 2))[:, None].expand(1, 3, 32, 32)
        >>> bool((sharpness_goals(rows, flat, texture=1.0) - rows).abs()[..., 8:24, :].max() < 0.1)
        True
    """
    goals = upscaled
    if contrast:
        goals = goals + contrast * (upscaled - smoothed(upscaled, _EDGE))
    if texture:
        details = before - smoothed(before, _FINE)
        strong = smoothed(details.abs().mean(1, keepdim=True), _WIDE) / _STRONG
        seen = (upscaled - smoothed(upscaled, _FINE)).abs().mean(1, keepdim=True)
        plain = torch.exp(-(smoothed(seen, _NEAR) / _OUTLINE).square())
        goals = goals + texture * plain * strong.clamp(max=1) * details
    return goals.clamp(-1, 1)


def back_projected(goals: Tensor, before: Tensor, times: int) -> Tensor:
    """Goals that look, at a quarter of their size, more and more as the generator's pictures do.

    Args:
        goals: (N, 3, R, R), -1..1.
        before: what the generator makes, likewise.
        times: the difference that is left is enlarged and added so many times; 0 changes nothing.

    Returns:
        (N, 3, R, R), -1..1.

    Example:
        >>> gray, white = torch.zeros(1, 3, 16, 16), torch.ones(1, 3, 16, 16)
        >>> bool(torch.allclose(back_projected(gray, white, 1), white))
        True
    """
    for _ in range(times):
        missing = shrunk(before) - shrunk(goals)
        added = F.interpolate(missing, scale_factor=FACTOR, mode="bicubic", align_corners=False)
        goals = (goals + added).clamp(-1, 1)
    return goals


def without_rim(images: Tensor, width: int) -> Tensor:
    """Pictures whose outermost pixels are those that lie farther inside.

    Convolutions that see nothing beyond a picture leave a frame of some pixels around it.

    Args:
        images: (N, 3, R, R).
        width: px; 0 changes nothing.

    Example:
        >>> framed = torch.nn.functional.pad(torch.ones(1, 3, 6, 6), (1, 1, 1, 1))
        >>> without_rim(framed, 1).min().item()
        1.0
    """
    if not width:
        return images
    inner = images[..., width:-width, width:-width]
    return F.pad(inner, (width, width, width, width), mode="replicate")


@torch.no_grad()
def goals_by(
    upscaler: Upscaler,
    before: Tensor,
    texture: float = 0.0,
    contrast: float = 0.0,
    projections: int = 0,
    rim: int = 0,
) -> Tensor:
    """``sharpness_goals`` of pictures (N, 3, R, R), -1..1, that this upscaler makes large again.

    They are ``back_projected`` so many times, and ``without_rim`` of so many px.
    """
    with autocast(before.device):
        upscaled = upscaler(shrunk(before)).clamp(-1, 1)
    goals = sharpness_goals(before, upscaled, texture, contrast)
    return without_rim(back_projected(goals, before, projections), rim)


def require_share(name: str, share: float) -> None:
    """Refuse a share of ``sharpness_goals`` that is no sensible one.

    Raises:
        BadInputError: it is not within 0..2.
    """
    if not 0 <= share <= 2:
        raise BadInputError(f"--{name} must be 0 to 2, not {share:g}.")


def smoothed(images: Tensor, width: int) -> Tensor:
    """Pictures (N, C, h, w) under a Hann window of so many px (odd), mirrored at the rim."""
    channels = images.shape[1]
    window = torch.hann_window(width + 2, periodic=False, device=images.device)[1:-1]
    window = (window / window.sum()).to(images)
    rim = width // 2
    framed = F.pad(images, (rim, rim, rim, rim), mode="reflect")
    rows = window.view(1, 1, 1, width).expand(channels, 1, 1, width)
    along = F.conv2d(framed, rows, groups=channels)
    return F.conv2d(along, rows.transpose(2, 3), groups=channels)
