import pytest
import torch

from dissection.models.generators import norm
from dissection.models.generators.folded import FoldedGenerator
from dissection.models.generators.norm import factor, normed
from dissection.models.generators.progressive import as_latents, norm_factor, pixel_norm
from support.tiny import tiny_generator


def maps(dtype: torch.dtype = torch.float64) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(2, 5, 3, 4, generator=generator, dtype=dtype).requires_grad_()


def test_written_out_gradients_are_right() -> None:
    assert torch.autograd.gradcheck(lambda x: normed(x, torch.float64), maps())
    assert torch.autograd.gradcheck(factor, maps())


def test_a_second_derivative_is_refused_rather_than_wrong() -> None:
    x = maps()
    for function in (lambda x: normed(x, torch.float64), factor):
        (gradient,) = torch.autograd.grad(function(x).square().sum(), x, create_graph=True)
        with pytest.raises(RuntimeError, match="once_differentiable"):
            gradient.sum().backward()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_values_are_those_of_the_plain_norm(dtype: torch.dtype) -> None:
    x = maps(torch.float32).detach().to(dtype)
    assert torch.equal(normed(x, dtype), pixel_norm(x.float()).to(dtype))
    assert torch.equal(factor(x.float()), norm_factor(x.float()))
    ours = x.clone().requires_grad_()
    theirs = x.clone().requires_grad_()
    weights = torch.arange(5.0)[:, None, None]
    (normed(ours, dtype).float() * weights).sum().backward()
    (pixel_norm(theirs.float()).to(dtype).float() * weights).sum().backward()
    tolerance = 1e-5 if dtype is torch.float32 else 2e-2
    torch.testing.assert_close(ours.grad, theirs.grad, atol=tolerance, rtol=tolerance)


def test_gradients_of_a_whole_generator_are_those_of_the_plain_one() -> None:
    generator = tiny_generator()
    folded = FoldedGenerator(generator, torch.device("cpu"), torch.float32)
    z = torch.randn(3, 16, generator=torch.Generator().manual_seed(1))
    found = []
    for run in (folded.run, generator.run):
        x = run(as_latents(z, 16), until="layer3").detach().requires_grad_()
        run(x, after="layer3").square().sum().backward()
        assert x.grad is not None
        found.append(x.grad)
    torch.testing.assert_close(*found, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_parts_are_normed_as_the_whole_is(
    layout: torch.memory_format, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = torch.randn(3, 5, 6, 7).contiguous(memory_format=layout)
    whole = (x * norm_factor(x)).to(dtype)
    for near in (1, 40, 300, 2**18):
        monkeypatch.setattr(norm, "NEAR", near)
        with torch.no_grad():
            assert torch.equal(norm.normed(x, dtype), whole)
            assert torch.equal(norm.factor(x), norm_factor(x))
        assert norm.normed(x, dtype).is_contiguous(memory_format=layout)
