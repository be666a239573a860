from collections.abc import Callable, Iterator
from itertools import product

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from dissection.models.generators import renderer
from dissection.models.generators.live import operators
from dissection.models.generators.live.operators import MISSING, Scale, eight_bit, real
from dissection.models.generators.precision import fold_for_speed
from dissection.models.generators.renderer import Renderer
from dissection.runtime.choices import Precision
from support.tiny import tiny_generator

CHANNELS_LAST = torch.channels_last


@pytest.fixture
def fresh() -> Iterator[None]:
    operators.has_eight_bit.cache_clear()
    yield
    operators.has_eight_bit.cache_clear()


def test_the_bytes_of_a_scale_have_zero_and_both_ends() -> None:
    for low, high in ((-1.5, 7.0), (0.5, 3.0), (-2.0, -1.0)):
        scale = Scale.covering(low, high)
        assert -scale.zero * scale.step <= min(low, 0) + scale.step / 2
        assert (255 - scale.zero) * scale.step >= max(high, 0) - scale.step / 2
        assert 0 <= scale.zero <= 255


def test_a_layer_that_is_always_zero_has_a_scale() -> None:
    assert Scale.covering(0.0, 0.0).step > 0


@pytest.mark.parametrize("size", [(6, 6), (9, 5)])
def test_products_of_bytes_are_those_of_their_values(size: tuple[int, int]) -> None:
    if not operators.has_eight_bit():
        pytest.skip("this processor multiplies no bytes")
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(8, 16, 3, 3, generator=generator)
    weight[3] = 0  # a dead unit
    bias = torch.randn(8, generator=generator)
    scale = Scale.covering(-1, 4)
    x = torch.randint(0, 256, (1, 16, *size), dtype=torch.uint8, generator=generator)
    x = x.contiguous(memory_format=CHANNELS_LAST)
    convolve = eight_bit(weight, bias, scale)
    assert convolve is not None
    expected = F.conv2d((x.float() - scale.zero) * scale.step, weight, bias)
    assert (convolve(x) - expected).abs().max() < 0.02 * expected.abs().max()


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("largest", [2.0**31, 2.0**15 - 1])
def test_a_processor_that_adds_pairs_of_products_in_16_bits_is_found_out(
    largest: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def processor(weight: Tensor, bias: Tensor, scale: Scale) -> Callable[[Tensor], Tensor]:
        def convolve(x: Tensor) -> Tensor:
            height, width = (size - 2 for size in x.shape[2:])
            total = torch.zeros(1, len(weight), height, width, dtype=torch.float64)
            for k in range(0, x.shape[1], 2):
                for i, j in product(range(3), range(3)):
                    pair = x[:, k : k + 2, i : i + height, j : j + width].double()
                    factors = weight[:, k : k + 2, i : i + 1, j : j + 1].double()
                    total += F.conv2d(pair, factors).clamp(-largest, largest)
                    total -= scale.zero * factors.sum(1)
            return total.float() + bias[:, None, None]

        return convolve

    monkeypatch.setattr(operators, "eight_bit", processor)
    assert operators.has_eight_bit() == (largest > 2**15)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float32])
def test_real_products_are_near(dtype: torch.dtype) -> None:
    torch.manual_seed(2)
    weight, bias, x = torch.randn(8, 16, 2, 2), torch.randn(8), torch.randn(1, 16, 6, 7)
    expected = F.conv2d(x, weight, bias)
    got = real(weight, bias, dtype)(x.to(dtype).contiguous(memory_format=CHANNELS_LAST))
    assert got.dtype == torch.float32
    assert (got - expected).abs().max() < 0.02 * expected.abs().max()


@pytest.mark.usefixtures("fresh")
def test_without_the_operators_pictures_are_in_bfloat16_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none(namespace: str, name: str) -> None:
        return None

    monkeypatch.setattr(operators, "lookup", none)
    made = Renderer(tiny_generator(), "cpu", "int8")
    made.set_latent(torch.ones(16))
    assert made.precision == "bfloat16"
    assert made.remark == MISSING
    assert made.render().shape == (32, 32, 3)


@pytest.mark.parametrize(
    ("offered", "faster", "said"),
    [(False, "bfloat16", MISSING), (False, "float32", ""), (True, "bfloat16", "")],
)
@pytest.mark.usefixtures("fresh")
def test_a_torch_that_lost_the_operators_is_told_of_where_it_costs_something(
    monkeypatch: pytest.MonkeyPatch, offered: bool, faster: Precision, said: str
) -> None:
    """Whoever left the precision to the machine would wonder what became of its speed."""
    monkeypatch.setattr(renderer, "fold_for_speed", lambda g, d, _: fold_for_speed(g, d, faster))
    if not offered:
        monkeypatch.setattr(operators, "lookup", lambda namespace, name: None)
    assert Renderer(tiny_generator(), "cpu").remark == said


@pytest.mark.usefixtures("fresh")
def test_operators_that_take_other_arguments_count_as_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find = operators.lookup

    def newer(namespace: str, name: str) -> Callable[..., Tensor] | None:
        def refuse(only: Tensor) -> Tensor:
            return only

        return refuse if namespace == "onednn" else find(namespace, name)

    monkeypatch.setattr(operators, "lookup", newer)
    assert not operators.has_eight_bit()
    assert Renderer(tiny_generator(), "cpu", "int8").precision == "bfloat16"


def test_factors_of_units_leave_the_products_as_they_are() -> None:
    if not operators.has_eight_bit():
        pytest.skip("this processor multiplies no bytes")
    generator = torch.Generator().manual_seed(1)
    factors = tuple(2.0 ** ((unit % 5) - 2) for unit in range(16))
    weight = torch.randn(8, 16, 2, 2, generator=generator)
    x = torch.randn(1, 16, 6, 6, generator=generator) * torch.tensor(factors)[:, None, None]
    expected = F.conv2d(x, weight)
    errors = []
    for used in ((), factors):
        over = torch.tensor(used or (1.0,) * 16)[:, None, None]
        scale = Scale.covering(float((x / over).min()), float((x / over).max()), used)
        values = ((x / over / scale.step).round() + scale.zero).clamp(0, 255).to(torch.uint8)
        convolve = eight_bit(weight, torch.zeros(8), scale)
        assert convolve is not None
        got = convolve(values.contiguous(memory_format=CHANNELS_LAST))
        errors.append(float((got - expected).square().mean()))
    assert errors[1] < 0.02 * float(expected.square().mean())
