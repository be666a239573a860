"""Targeted attacks on a classifier (Carlini & Wagner 2017, L2), with the constants of Bau et al.

The least change of a picture, within 0..1, after which the network tells another class: minimized
is ``|change|^2 + c * max(0, highest other logit - target's logit + confidence)`` by Adam over
``tanh``, which keeps colors in range, and c is searched for: tenfold until an attack succeeds, then
by halves. The published attacks were made by foolbox 2.0, one picture at a time; these are made
side by side, and a picture that is done leaves the batch, so that none depends on its neighbors.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

#: Scale of pictures in front of the inverse tanh, which is infinite at -1 and 1.
_INSIDE = 0.999999
#: A search goes on while it falls below this share of what it was at the last check.
_FALLING = 0.9999
_CHECKS = 10
_BETAS, _EPSILON = (0.9, 0.999), 1e-7


@dataclass(frozen=True)
class AttackConstants:
    """What foolbox 2.0 took unless told otherwise, as published.

    Attributes:
        searches: values of c that are tried.
        iterations: steps of Adam for each, at most.
        rate: of Adam.
        first: the first c.
        confidence: by how much the target's logit is to be the highest.
    """

    searches: int = 5
    iterations: int = 1000
    rate: float = 5e-3
    first: float = 1e-2
    confidence: float = 0.0


@dataclass(frozen=True, eq=False)
class AttackState:
    """Where the attacks on some pictures stand; changed in place by ``search``.

    Attributes:
        attacked: float32 (n, 3, H, W), -1..1: the nearest picture so far that is taken for its
            target; the picture itself where there is none.
        distance: float32 (n,): its L2 distance, of colors of 0..1; infinite where there is none.
        constant: float32 (n,): the next c.
        low: float32 (n,): the highest c without success.
        high: float32 (n,): the lowest c with success; infinite where there is none.
    """

    attacked: NDArray[np.float32]
    distance: NDArray[np.float32]
    constant: NDArray[np.float32]
    low: NDArray[np.float32]
    high: NDArray[np.float32]

    @classmethod
    def of(cls, images: NDArray[np.float32], first: float) -> "AttackState":
        """Before anything is tried on pictures (n, 3, H, W), -1..1."""
        count = len(images)
        return cls(
            images.copy(),
            np.full(count, np.inf, np.float32),
            np.full(count, first, np.float32),
            np.zeros(count, np.float32),
            np.full(count, np.inf, np.float32),
        )

    @property
    def found(self) -> NDArray[np.bool_]:
        """Which attacks have succeeded."""
        return np.isfinite(self.distance)


def search(
    network: nn.Module,
    images: Tensor,
    targets: Tensor,
    state: AttackState,
    constants: AttackConstants,
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Attack pictures with one value of c each, and choose the next.

    Args:
        network: in eval mode, takes pictures of -1..1, gives logits (n, K).
        images: float32 (n, 3, H, W), -1..1.
        targets: int64 (n,): the class to be told.
        state: of these pictures.
        constants: of the attack.
        tick: called at every step.
    """
    device = images.device
    start = torch.atanh(images * _INSIDE)
    shown = (torch.tanh(start) + 1) / 2
    change = torch.zeros_like(start)
    means, squares = torch.zeros_like(start), torch.zeros_like(start)
    constant = torch.from_numpy(state.constant).to(device)
    best = torch.from_numpy(state.distance).to(device)
    nearest = torch.from_numpy(state.attacked).to(device)
    won = torch.zeros(len(images), dtype=torch.bool, device=device)
    last = torch.full((len(images),), torch.inf, device=device)
    going = torch.arange(len(images), device=device)
    every = ceil(constants.iterations / _CHECKS)
    for step in range(constants.iterations):
        tick()
        moved = change[going].requires_grad_(True)
        pictures = (torch.tanh(start[going] + moved) + 1) / 2
        logits = network(pictures * 2 - 1)
        own = logits.gather(1, targets[going, None]).squeeze(1)
        other = logits.scatter(1, targets[going, None], -torch.inf).amax(1)
        margin = other - own + constants.confidence
        squared = (pictures - shown[going]).square().sum((1, 2, 3))
        loss = constant[going] * margin.clamp(min=0) + squared
        (slope,) = torch.autograd.grad(loss.sum(), moved)
        with torch.no_grad():
            distance, hit = squared.sqrt(), margin < 0
            won[going] |= hit
            nearer = hit & (distance < best[going])
            best[going[nearer]] = distance[nearer]
            nearest[going[nearer]] = pictures[nearer] * 2 - 1
            if step % every == 0:
                falling = loss <= _FALLING * last[going]
                last[going] = loss
                slope, going = slope[falling], going[falling]
                if not len(going):
                    break
            means[going] = _BETAS[0] * means[going] + (1 - _BETAS[0]) * slope
            squares[going] = _BETAS[1] * squares[going] + (1 - _BETAS[1]) * slope.square()
            mean = means[going] / (1 - _BETAS[0] ** (step + 1))
            square = squares[going] / (1 - _BETAS[1] ** (step + 1))
            change[going] -= constants.rate * mean / (square.sqrt() + _EPSILON)
    state.distance[:] = best.cpu().numpy()
    state.attacked[:] = nearest.cpu().numpy()
    _choose(state, won.cpu().numpy())


def _choose(state: AttackState, won: NDArray[np.bool_]) -> None:
    """The next c of each picture: ten times as high until one is high enough, then between."""
    state.high[won] = state.constant[won]
    state.low[~won] = state.constant[~won]
    between = np.isfinite(state.high)
    state.constant[~between] *= 10
    state.constant[between] = (state.low[between] + state.high[between]) / 2


def attack(
    network: nn.Module,
    images: Tensor,
    targets: Tensor,
    constants: AttackConstants | None = None,
    tick: Callable[[], None] = lambda: None,
) -> AttackState:
    """Attack pictures, with all values of c.

    Args:
        network: in eval mode, takes pictures of -1..1, gives logits (n, K).
        images: float32 (n, 3, H, W), -1..1.
        targets: int64 (n,): the class to be told.
        constants: of the attack; None are the published ones.
        tick: called at every step.

    Example: a network whose two logits are the sums of red and of green.
        >>> network = nn.Sequential(nn.Conv2d(3, 2, 4, bias=False), nn.Flatten())
        >>> with torch.no_grad():
        ...     _ = network[0].weight.copy_(torch.eye(3)[:2, :, None, None].expand(2, 3, 4, 4))
        >>> red = torch.zeros(1, 3, 4, 4)
        >>> red[:, 0] = 0.2
        >>> found = attack(network, red, torch.tensor([1]))
        >>> round(float(found.distance[0]), 2)  # 0.05 less red, 0.05 more green, at 16 pixels
        0.28
    """
    wanted = constants or AttackConstants()
    state = AttackState.of(images.cpu().numpy(), wanted.first)
    for _ in range(wanted.searches):
        search(network, images, targets, state, wanted, tick)
    return state
