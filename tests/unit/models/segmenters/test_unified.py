"""The unified segmenter's numbering and channels, on scores made by hand."""

import pytest
import torch
from torch import Tensor, nn

from dissection.errors import BadInputError
from dissection.models.segmenters.base import SoftSegmenter
from dissection.models.segmenters.pyramid import UnifiedScores
from dissection.models.segmenters.unified import UnifiedSegmenter
from dissection.models.segmenters.unified_vocabulary import part_groups, unified_vocabulary
from dissection.vocabulary import NOTHING, Concept, Vocabulary

NUMBERS = {"tree": 4, "building": 5, "window": 9, "grass": 11, "door": 16, "sky": 2}
PLACES = {  # channel of the part head
    "sky: cloud": 1,
    "building: window": 2 + 1,
    "building: roof": 2 + 4,
}


def test_order_and_counts_of_the_vocabulary() -> None:
    words = unified_vocabulary()
    assert len(words) == 1825
    assert len(set(words)) == 1824
    for name, number in NUMBERS.items():
        assert words.id(words.find(name)) == number
    assert words.of("object") == list(range(1, 336))
    assert words.of("material") == list(range(1676, 1701))
    assert words.of("part") == [*range(336, 1676), *range(1701, 1813)]
    assert [i for i, c in enumerate(words) if c == NOTHING] == [0, 1813]
    assert words.id(NOTHING) == 0
    colors = "black blue brown grey green orange pink purple red white yellow"
    assert [str(c) for c in words[1814:]] == colors.split()
    for k, suffix in enumerate("tlbr"):
        block = [f"{c}-{suffix}" for c in words[1:336]]
        assert [str(c) for c in words[336 + 335 * k : 336 + 335 * (k + 1)]] == block
    assert Vocabulary.from_json(words.to_json()) == words
    assert unified_vocabulary(colors=False) == Vocabulary(words[:1813])


def test_part_groups_tile_the_part_head() -> None:
    groups = part_groups()
    assert len(groups) == 77
    assert [g.owner for g in groups] == sorted(g.owner for g in groups)
    channel = 0
    for group in groups:
        assert group.first == channel
        assert group.concepts[0] == 0
        channel += len(group.concepts)
    assert channel == 427
    words = unified_vocabulary()
    building = [str(words[i]) for i in groups[1].concepts]
    assert building[:5] == ["-", "window", "door", "column", "roof"]
    assert groups[1].concepts[2] == 16  # a door of a building is a door
    assert words[groups[1].concepts[4]] == Concept("roof", "part")


class Scores(nn.Module):
    """Answers every picture with the same scores, and keeps what it was asked."""

    def __init__(self, side: int = 4) -> None:
        super().__init__()
        self.object = torch.zeros(336, side, side)
        self.part = torch.zeros(427, side, side)
        self.material = torch.zeros(26, side, side)
        self.asked = torch.zeros(0)

    def forward(self, x: Tensor) -> UnifiedScores:
        self.asked = x
        heads = (self.object, self.part, self.material)
        return UnifiedScores(*(head.expand(len(x), -1, -1, -1) for head in heads))


class Blue(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.one_hot(torch.ones(len(x), 2, 2, dtype=torch.int64), 11).permute(
            0, 3, 1, 2
        ) * torch.tensor(9.0)


def scores() -> Scores:
    """4 x 4: two rows sky, two rows building, but for nothing at the lower right."""
    made = Scores()
    made.object[NUMBERS["sky"], :2] = 9
    made.object[NUMBERS["building"], 2:] = 9
    made.object[0, 3, 3] = 20
    made.part[PLACES["sky: cloud"], :, 0] = 9
    made.part[PLACES["building: window"], :, 1] = 9
    made.part[PLACES["building: roof"], :, 2] = 9
    made.material[3, :, :2] = 9
    made.material[0, :, 2:] = 9
    return made


def test_the_six_channels() -> None:
    segmenter = UnifiedSegmenter(scores(), Blue())
    maps = segmenter.segment(torch.zeros(3, 3, 16, 16))
    assert maps.shape == (3, 6, 4, 4)
    assert maps.dtype == torch.int64
    words = segmenter.vocabulary
    names = [[[str(words[i]) for i in row] for row in channel] for channel in maps[2]]
    sky, wall = ["sky"] * 4, ["building"] * 4
    assert names[0] == [sky, sky, wall, ["building"] * 3 + ["-"]]
    assert names[1] == [["carpet", "carpet", "-", "-"]] * 4
    # Parts only where their owner is seen: clouds in the sky, windows in the building.
    assert names[2] == [["cloud", "-", "-", "-"]] * 2 + [["-", "window", "roof", "-"]] * 2
    assert maps[2, 2, 2, 1] == NUMBERS["window"]
    assert [row[0] for row in names[3]] == ["sky-t", "sky-b", "building-t", "building-b"]
    assert names[4][0] == ["sky-l", "sky-l", "sky-r", "sky-r"]
    assert names[4][3] == ["building-l", "building-l", "building-r", "-"]
    assert (maps[:, 5] == 1815).all()
    assert {words[1815].category} == {"color"}


def test_without_colors_there_are_five_channels() -> None:
    segmenter = UnifiedSegmenter(scores())
    assert segmenter.segment(torch.zeros(1, 3, 16, 16)).shape == (1, 5, 4, 4)
    assert len(segmenter.vocabulary) == 1813
    assert segmenter.digest != UnifiedSegmenter(scores(), digest="others").digest


def test_scores_are_resized_before_the_decision() -> None:
    segmenter = UnifiedSegmenter(scores(), Blue())
    assert segmenter.segment(torch.zeros(1, 3, 16, 16), size=8).shape == (1, 6, 8, 8)
    assert segmenter.segment(torch.zeros(1, 3, 224, 224)).shape == (1, 6, 56, 56)
    between = scores()
    between.object.zero_()
    between.object[1, :, :2] = 1
    between.object[2, :, 2:] = 3
    # On a grid twice as fine column 3 lies a quarter of the way from a wall of 1 to a sky of 3:
    # 0.75 against 0.75 in bilinear scores, so a little more decides.
    between.object[2, :, 2:] = 3.1
    maps = UnifiedSegmenter(between).segment(torch.zeros(1, 3, 16, 16), size=8)
    assert maps[0, 0, 0].tolist() == [1, 1, 1, 2, 2, 2, 2, 2]


def test_pictures_are_prepared_as_published() -> None:
    network = scores()
    red = torch.tensor([1.0, -1.0, -1.0]).view(1, 3, 1, 1).expand(1, 3, 224, 224)
    UnifiedSegmenter(network).segment(red)
    assert network.asked.shape == (1, 3, 256, 256)
    expected = torch.tensor([-102.9801, -115.9465, 255 - 122.7717])
    torch.testing.assert_close(network.asked[0, :, 100, 100], expected)
    ramp = torch.linspace(-1, 1, 512).expand(1, 3, 512, 512)
    UnifiedSegmenter(network).segment(ramp)
    pairs = (ramp[0, 0, 0].view(256, 2).mean(1) + 1) * 127.5 - 102.9801
    torch.testing.assert_close(network.asked[0, 0, 7], pairs, atol=1e-3, rtol=0)


def test_probabilities() -> None:
    network = scores()
    network.object.requires_grad_()
    segmenter = UnifiedSegmenter(network, Blue())
    assert isinstance(segmenter, SoftSegmenter)
    planes = segmenter.probabilities(torch.zeros(2, 3, 16, 16))
    assert planes.shape == (2, 1825, 4, 4)
    assert not planes[:, 0].any()
    decided = network.object.argmax(0)
    halves = planes[0, 336:1676].view(4, 335, 4, 4)
    for pair in (halves[::2], halves[1::2]):  # top and bottom, left and right
        there = pair.sum((0, 1)) > 0
        assert torch.equal(there, decided > 0)
        torch.testing.assert_close(pair.sum((0, 1)), network.object.softmax(0).amax(0) * there)
    assert not planes[:, 1813].any()
    with torch.no_grad():
        objects = network.object.softmax(0)
        plain = [NUMBERS[name] for name in ("sky", "tree", "grass")]  # parts of nothing
        torch.testing.assert_close(planes[0, plain], objects[plain])
        torch.testing.assert_close(planes[0, 1676:1701], network.material.softmax(0)[1:])
        torch.testing.assert_close(planes[0, 1814:].sum(0), torch.ones(4, 4))
        # A window is an object, or a part of one of several kinds of object.
        window = objects[NUMBERS["window"]].clone()
        for group in part_groups():
            for k, concept in enumerate(group.concepts):
                if concept == NUMBERS["window"]:
                    channels = network.part[group.first : group.first + len(group.concepts)]
                    window += channels.softmax(0)[k] * objects[group.owner]
        torch.testing.assert_close(planes[0, NUMBERS["window"]], window)
    planes[:, NUMBERS["tree"]].sum().backward()
    assert network.object.grad.abs().sum() > 0


class Rough(nn.Module):
    """Answers in bfloat16, as a network does under autocast."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, x: Tensor) -> UnifiedScores | Tensor:
        answer = self.network(x)
        if isinstance(answer, UnifiedScores):
            return UnifiedScores(*(head.bfloat16() for head in answer))
        rough: Tensor = answer.bfloat16()
        return rough


def test_rough_scores_are_added_up_in_float32() -> None:
    """All of these scores are bfloat16 numbers, so nothing is lost on the way."""
    images = torch.zeros(2, 3, 16, 16)
    exact = UnifiedSegmenter(scores(), Blue())
    rough = UnifiedSegmenter(Rough(scores()), Rough(Blue()))
    planes = rough.probabilities(images)
    assert planes.dtype == torch.float32
    assert torch.equal(planes, exact.probabilities(images))
    assert torch.equal(rough.segment(images), exact.segment(images))


def test_images_must_be_images() -> None:
    with pytest.raises(BadInputError, match=r"\(N, 3, H, W\) of at least 4"):
        UnifiedSegmenter(scores()).segment(torch.zeros(1, 1, 16, 16))
