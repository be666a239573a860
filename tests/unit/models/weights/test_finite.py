"""Whether weights are finite."""

import pytest
import torch

from dissection.models.weights.files import all_finite


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("place", [0, 7, 999])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_one_number_that_is_not_finite_is_found(
    value: float, place: int, dtype: torch.dtype
) -> None:
    tensor = torch.linspace(-3e4, 3e4, 1000).to(dtype)
    assert all_finite(tensor)
    tensor[place] = value
    assert not all_finite(tensor)


def test_no_number_is_finite() -> None:
    assert all_finite(torch.empty(0, 3))
