"""Attacks on linear networks, of which the least change is known."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dissection.interventions.adversarial import AttackConstants, AttackState, attack, search


def linear(classes: int = 3, size: int = 6) -> nn.Sequential:
    """Logits are products of the picture, -1..1, with random weights."""
    network = nn.Sequential(nn.Flatten(), nn.Linear(3 * size * size, classes))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.1)
    return network.requires_grad_(False)


def gray(count: int) -> Tensor:
    return 0.4 * (torch.rand(count, 3, 6, 6, generator=torch.Generator().manual_seed(1)) - 0.5)


def test_the_distance_to_a_plane_is_the_known_one() -> None:
    network, images = linear(2), gray(5)
    logits = network(images)
    target = 1 - logits.argmax(1)
    weights = network[1].weight
    gap = (logits.gather(1, 1 - target[:, None]) - logits.gather(1, target[:, None])).squeeze(1)
    # Pictures are -1..1, distances of 0..1: half as long.
    least = gap / (weights[0] - weights[1]).norm() / 2
    found = attack(network, images, target, AttackConstants(rate=5e-4))
    assert found.found.all()
    assert found.distance == pytest.approx(least.numpy(), rel=0.02)
    assert (found.distance >= 0.999 * least.numpy()).all()
    assert (network(torch.from_numpy(found.attacked)).argmax(1) == target).all()


def test_a_picture_does_not_depend_on_its_neighbors() -> None:
    network, images = linear(), gray(4)
    target = (network(images).argmax(1) + 1) % 3
    together = attack(network, images, target)
    alone = attack(network, images[2:3], target[2:3])
    assert alone.distance == pytest.approx(together.distance[2:3], rel=1e-4)
    assert alone.constant == pytest.approx(together.constant[2:3])


def test_the_constant_grows_tenfold_until_it_is_high_enough_and_is_halved_in_between() -> None:
    network, images = linear(), gray(1)
    target = (network(images).argmax(1) + 1) % 3
    state = AttackState.of(images.numpy(), 1e-6)
    constants = AttackConstants(iterations=60)
    search(network, images, target, state, constants)
    assert not state.found.any()
    assert state.constant == pytest.approx(1e-5)
    assert (state.attacked == images.numpy()).all()
    state.constant[:] = 100
    search(network, images, target, state, constants)
    assert state.found.all()
    assert state.high == pytest.approx(100)
    assert state.constant == pytest.approx(50.0000005)


def test_what_is_the_target_already_needs_no_change() -> None:
    network, images = linear(), gray(2)
    found = attack(network, images, network(images).argmax(1), AttackConstants(1, 5))
    assert found.distance == pytest.approx(np.zeros(2), abs=1e-4)
