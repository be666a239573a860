import pytest
import torch

from dissection.errors import BadInputError
from dissection.statistics.coverage import coverage


def test_a_dropped_mode_costs_recall_and_not_precision() -> None:
    """Two clusters are real, one of them is made."""
    chance = torch.Generator().manual_seed(0)
    near = torch.randn((200, 4), generator=chance)
    far = torch.randn((200, 4), generator=chance) + 50
    made = torch.randn((400, 4), generator=chance)
    found = coverage(torch.cat([near, far]), made)
    assert found.precision > 0.7
    assert found.recall == pytest.approx(0.5, abs=0.12)
    assert found.recall <= 0.5


def test_pictures_unlike_any_cost_precision_and_not_recall() -> None:
    chance = torch.Generator().manual_seed(1)
    real = torch.randn((200, 4), generator=chance)
    made = torch.cat([torch.randn((200, 4), generator=chance), real[:200] + 50])
    found = coverage(real, made)
    assert found.recall > 0.7
    assert found.precision <= 0.5


def test_points_by_hand() -> None:
    """With one neighbor, balls around 0, 1 and 5 reach to 1, 1 and 4."""
    real = torch.tensor([[0.0], [1.0], [5.0]])
    made = torch.tensor([[2.0], [-2.0], [9.5]])
    found = coverage(real, made, neighbors=1)
    assert found.precision == pytest.approx(1 / 3)
    assert found.recall == 1.0  # balls around 2, -2 and 9.5 reach to 4, 4 and 7.5


def test_too_few_pictures_are_refused() -> None:
    with pytest.raises(BadInputError, match="more than 3 pictures"):
        coverage(torch.zeros(3, 2), torch.zeros(9, 2))
