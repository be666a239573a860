import pytest
import torch

from dissection.errors import BadInputError
from dissection.models.segmenters.base import SoftSegmenter
from dissection.models.segmenters.colors import COLORS, BasicColors, srgb_to_lab

# None of these is a prototype.
PATCHES = {
    "ff0000": "red",
    "8b0000": "red",
    "00ff00": "green",
    "008000": "green",
    "2e4a1e": "green",  # foliage in the shade
    "0000ff": "blue",
    "000080": "blue",
    "87ceeb": "blue",  # sky
    "b8c8d8": "blue",  # sky in the haze
    "ffff00": "yellow",
    "ffd700": "yellow",
    "ffa500": "orange",
    "f08020": "orange",
    "8b4513": "brown",
    "5a3a22": "brown",
    "800080": "purple",
    "ffc0cb": "pink",
    "808080": "grey",
    "444444": "grey",
    "050505": "black",
    "fafafa": "white",
    "f2f5f8": "white",
}


def image(hexadecimal: str, size: int = 2) -> torch.Tensor:
    color = torch.tensor(list(bytes.fromhex(hexadecimal))) / 127.5 - 1
    return color.view(1, 3, 1, 1).expand(1, 3, size, size)


def test_known_lab_values() -> None:
    srgb = torch.tensor(
        [[1.0, 1, 1], [0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [0.5, 0.5, 0.5], [0.02, 0, 0.01]],
        dtype=torch.float64,
    )
    expected = torch.tensor(
        [
            [100.0, 0, 0],
            [0, 0, 0],
            [53.24, 80.09, 67.20],
            [87.73, -86.18, 83.18],
            [32.30, 79.19, -107.86],
            [53.39, 0, 0],
        ],
        dtype=torch.float64,
    )
    lab = srgb_to_lab(srgb)
    torch.testing.assert_close(lab[:6], expected, atol=0.01, rtol=0)
    # The straight part of both curves: L = 116 * (Y / (3 (6/29)^2) + 4/29) - 16.
    y = (0.2126729 * 0.02 + 0.0721750 * 0.01) / 12.92
    assert lab[6, 0].item() == pytest.approx(116 * y / (3 * (6 / 29) ** 2))


def test_lab_has_finite_gradients() -> None:
    srgb = torch.tensor([[0.0, 0, 0], [1, 1, 1], [0.3, 0.01, 0.9]], requires_grad=True)
    srgb_to_lab(srgb).sum().backward()
    assert torch.isfinite(srgb.grad).all()


@pytest.mark.parametrize(("patch", "name"), PATCHES.items())
def test_patches(patch: str, name: str) -> None:
    colors = BasicColors()
    maps = colors.segment(image(patch))
    assert maps.shape == (1, 1, 2, 2)
    assert {str(colors.vocabulary[i]) for i in maps.unique()} == {name}


def test_maps_have_the_size_asked_for_and_average_over_areas() -> None:
    colors = BasicColors()
    stripes = torch.cat([image("ff0000", 8)[..., :4], image("0000ff", 8)[..., 4:]], 3)
    small = colors.segment(stripes, size=2)
    assert small.shape == (1, 1, 2, 2)
    assert small[0, 0].tolist() == [[9, 2], [9, 2]]
    # A chessboard of black and white is grey from afar.
    board = torch.ones(1, 3, 8, 8)
    board[..., ::2, ::2] = board[..., 1::2, 1::2] = -1
    assert colors.segment(board, size=2).unique().tolist() == [1 + COLORS.index("grey")]
    # More pixels than are compared at a time, values out of range clamped.
    large = colors.segment(torch.full((2, 3, 50, 50), 1.4))
    assert large.unique().tolist() == [1 + COLORS.index("white")]


def test_vocabulary_is_in_the_published_order() -> None:
    colors = BasicColors()
    assert [str(c) for c in colors.vocabulary[1:]] == sorted(COLORS, key=COLORS.index)
    assert COLORS[0] == "black"
    assert COLORS[3:5] == ("grey", "green")
    assert len(COLORS) == 11
    assert colors.digest == BasicColors().digest


def test_images_must_be_images() -> None:
    with pytest.raises(BadInputError, match=r"\(N, 3, H, W\)"):
        BasicColors().segment(torch.zeros(3, 8, 8))


def test_probabilities_favor_what_is_decided() -> None:
    colors = BasicColors()
    assert isinstance(colors, SoftSegmenter)
    images = torch.cat([image(patch) for patch in PATCHES]).clone().requires_grad_()
    planes = colors.probabilities(images)
    assert planes.shape == (len(PATCHES), 12, 2, 2)
    assert not planes[:, 0].any()
    torch.testing.assert_close(planes.sum(1), torch.ones(len(PATCHES), 2, 2))
    assert torch.equal(planes.argmax(1), colors.segment(images)[:, 0])


def test_gray_with_more_of_a_color_is_more_of_that_color() -> None:
    colors = BasicColors()
    for patch, name, channel in (("9aa5b0", "blue", 2), ("707a70", "green", 1)):
        x = image(patch, 1).clone().requires_grad_()
        planes = colors.probabilities(x)[0, :, 0, 0]
        for wanted, sign in ((name, 1), ("grey", -1)):
            (gradient,) = torch.autograd.grad(
                planes[1 + COLORS.index(wanted)], x, retain_graph=True
            )
            assert sign * gradient[0, channel] > 0


def test_colors_are_exact_beside_rough_computation() -> None:
    images = torch.rand((2, 3, 16, 16), generator=torch.Generator().manual_seed(0)) * 2 - 1
    colors = BasicColors()
    exact, soft = colors.segment(images), colors.probabilities(images)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(colors.segment(images), exact)
        assert torch.equal(colors.probabilities(images), soft)
