import pytest
import torch

from dissection.models.classifiers.residual import Projection


@pytest.mark.parametrize("inputs", [2, 3, 4, 5, 8, 16])
def test_gradients_of_a_strided_projection_are_those_on_paper(inputs: int) -> None:
    """Of few inputs oneDNN has them wrong on some processors, and spoils memory."""
    torch.manual_seed(0)
    projection = Projection(inputs, 8, 2)
    x = torch.randn(6, inputs, 9, 8).contiguous(memory_format=torch.channels_last)
    y = projection(x)
    assert y.shape == (6, 8, 5, 4)
    taken, weight = x[:, :, ::2, ::2], projection.weight.detach()[:, :, 0, 0]
    torch.testing.assert_close(y, torch.einsum("nihw,oi->nohw", taken, weight))
    gradient = torch.randn_like(y)
    y.backward(gradient)
    assert projection.weight.grad is not None
    torch.testing.assert_close(
        projection.weight.grad[:, :, 0, 0],
        torch.einsum("nohw,nihw->oi", gradient, taken),
        rtol=1e-4,
        atol=1e-4,
    )
