"""Tiny random generators, small enough that a test renders many pictures in a blink."""

from collections.abc import Sequence

import torch

from dissection.models.generators.progressive import ProgressiveGenerator


def tiny_generator(
    units: Sequence[int] = (8, 8, 6, 4), depth: int = 16, seed: int = 0
) -> ProgressiveGenerator:
    """Random weights and biases, eval mode, without gradients."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        generator = ProgressiveGenerator(units, depth).eval().requires_grad_(False)
        for name, parameter in generator.named_parameters():
            if name.endswith(".b"):
                parameter.copy_(torch.randn_like(parameter) * 0.3)
    return generator
