from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn
from torchvision.models.swin_transformer import SwinTransformer
from torchvision.ops import Permute

from dissection.models.channel_axis import ChannelAxes
from dissection.models.hooks import edit


def units_last(network: nn.Module, layer: str, size: int = 16) -> bool | None:
    answers: list[bool | None] = []
    axes = ChannelAxes()

    def look(maps: Tensor) -> None:
        answers.append(axes.channels_last(maps))

    with torch.no_grad(), edit(network.eval(), {layer: look}), axes:
        network(torch.zeros(1, 3, size, size))
    return answers[-1]


def test_convolutions_give_their_units_first() -> None:
    network = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1), nn.GroupNorm(4, 16), nn.GELU())
    assert [units_last(network, name) for name in "012"] == [False] * 3


@pytest.mark.parametrize("make", [lambda: nn.LayerNorm(16), lambda: nn.Linear(16, 16), nn.Identity])
def test_what_was_turned_has_them_last_even_where_all_sides_are_alike(
    make: Callable[[], nn.Module],
) -> None:
    network = nn.Sequential(
        nn.Conv2d(3, 16, 3, padding=1), Permute([0, 2, 3, 1]), make(), nn.GELU(),
        Permute([0, 3, 1, 2]), nn.ReLU(),
    )  # fmt: skip
    assert [units_last(network, str(n)) for n in range(6)] == [
        False,
        True,
        True,
        True,
        False,
        False,
    ]


def test_a_swin_transformer_has_them_last_everywhere_behind_its_patches() -> None:
    network = SwinTransformer([4, 4], 12, [2, 1], [2, 2], [4, 4], num_classes=2)
    layers = ["features.1", "features.1.1.attn", "features.1.0.mlp", "features.2", "features.3"]
    assert [units_last(network, name, 40) for name in layers] == [True] * 5
    assert units_last(network, "features.0.0", 40) is False


class Folded(nn.Module):
    """Maps as tokens and back, and groups of units shuffled."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 16, 3, padding=1)
        self.back, self.shuffled, self.last = nn.Identity(), nn.Identity(), nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        n, c, h, w = x.shape
        tokens = x.flatten(2).transpose(1, 2)
        x = self.back(tokens.transpose(1, 2).reshape(n, c, h, w))
        x = self.shuffled(x.view(n, 4, 4, h, w).transpose(1, 2).reshape(n, c, h, w))
        return self.last(tokens.view(n, h, w, c))


def test_units_are_followed_through_folding() -> None:
    answers = [units_last(Folded(), name) for name in ("back", "shuffled", "last")]
    assert answers == [False, False, True]


def test_maps_made_of_a_vector_do_not_say() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(768, 4 * 8 * 8), nn.Unflatten(1, (4, 8, 8)))
    assert units_last(network, "2") is None
