from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.storybook import Storybook
from dissection.errors import BadInputError, ModelFileError, UnknownNameError
from dissection.models.segmenters.base import SoftSegmenter
from dissection.models.segmenters.storybook import (
    Head,
    SceneNetwork,
    StorybookSegmenter,
    load_segmenter,
    save_segmenter,
)
from dissection.training.degrade import degrade
from dissection.training.pictures import Pictures
from dissection.training.segmenter import (
    SegmenterSettings,
    SegmenterTraining,
    concept_ious,
    mean_iou,
    train_segmenter,
)
from dissection.vocabulary import Concept, Vocabulary

WORDS = Vocabulary([Concept("dark", "object"), Concept("light", "object"), Concept("bar", "part")])
HEADS = [Head("object", (1, 2)), Head("part", (0, 3)), Head("material", (0,))]
SETTINGS = SegmenterSettings(steps=120, batch=8, widths=(8, 8, 8, 8), rate=2e-2)


def scenes(count: int, seed: int) -> Pictures:
    """Dark pictures with a light block, and in the middle of the block a red bar."""
    rng = np.random.default_rng(seed)
    images = np.full((count, 32, 32, 3), 50, np.uint8)
    maps = np.zeros((count, 3, 32, 32), np.uint8)
    maps[:, 0] = 1
    for image, labels in zip(images, maps, strict=True):
        y, x = rng.integers(0, 16, 2)
        image[y : y + 16, x : x + 16] = 220
        labels[0, y : y + 16, x : x + 16] = 2
        image[y + 6 : y + 10, x : x + 16] = (200, 20, 20)
        labels[1, y + 6 : y + 10, x : x + 16] = 3
    return Pictures(images, maps, "blocks")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> SegmenterTraining:
    out = tmp_path_factory.mktemp("segmenter")
    return train_segmenter(SETTINGS, scenes(64, 0), WORDS, out)


def test_it_learns_and_keeps_what_it_learned_on_disk(
    trained: SegmenterTraining, tmp_path: Path
) -> None:
    learned = trained.segmenter()
    assert isinstance(learned, SoftSegmenter)
    ious = concept_ious(learned, scenes(16, 1))
    assert mean_iou(ious["object"]) > 0.9
    assert ious["part"]["bar"] > 0.8
    path = tmp_path / "segmenter.safetensors"
    save_segmenter(learned.network, learned.heads, WORDS, 32, path, {"data": "blocks"})
    loaded = load_segmenter(path)
    assert loaded.vocabulary == WORDS
    assert loaded.heads == learned.heads
    x = torch.rand(2, 3, 32, 32) * 2 - 1
    assert torch.equal(loaded.segment(x), learned.segment(x))


def test_folding_changes_nothing(trained: SegmenterTraining) -> None:
    network = trained.network.float().eval()
    x = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.allclose(network.folded()(x), network(x), atol=1e-4)


def test_a_killed_run_resumes_to_the_same_weights(
    trained: SegmenterTraining, tmp_path: Path
) -> None:
    asked = 0

    def after_ten() -> bool:
        nonlocal asked
        asked += 1
        return asked > 10

    train_segmenter(SETTINGS, scenes(64, 0), WORDS, tmp_path, stop=after_ten)
    resumed = train_segmenter(SETTINGS, scenes(64, 0), WORDS, tmp_path)
    for name, tensor in trained.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name]), name


def test_probabilities_sum_to_one_without_nothing(trained: SegmenterTraining) -> None:
    x = (torch.rand(2, 3, 32, 32) * 2 - 1).requires_grad_(True)
    planes = trained.segmenter().probabilities(x)
    assert planes.shape == (2, len(WORDS), 32, 32)
    assert torch.all(planes[:, 0] == 0)
    assert torch.allclose(planes[:, 1] + planes[:, 2], torch.ones(()), atol=1e-5)
    assert float(planes[:, 3].detach().max()) < 1
    planes[:, 3].sum().backward()
    assert x.grad is not None
    assert float(x.grad.abs().sum()) > 0


def test_maps_come_at_any_size_of_pictures_of_any_size(trained: SegmenterTraining) -> None:
    learned = trained.segmenter()
    pictures = scenes(4, 2)
    x = torch.from_numpy(pictures.images).permute(0, 3, 1, 2).float() / 127.5 - 1
    assert pictures.maps is not None
    for factor, size in ((1, 16), (2, 64), (4, None)):
        large = x.repeat_interleave(factor, 2).repeat_interleave(factor, 3)
        maps = learned.segment(large, size)
        assert maps.shape == (4, 3, size or 32, size or 32)
        assert maps.dtype == torch.int64
        light = (maps[:, 0] == 2).float().mean()
        assert float(light) == pytest.approx(0.25, abs=0.03)
    with pytest.raises(BadInputError, match=r"\(N, 3, H, W\)"):
        learned.segment(torch.zeros(3, 32, 32))


def test_iou_of_a_segmenter_that_knows_nothing_is_the_overlap_by_chance() -> None:
    network = SceneNetwork(5, (4, 4, 4, 4))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.zero_()
        assert network.scores.bias is not None
        network.scores.bias.view(5, 4)[1] = 1.0  # light
        network.scores.bias.view(5, 4)[3] = 1.0  # bar
    ious = concept_ious(StorybookSegmenter(network, HEADS, WORDS, 32, ""), scenes(8, 3))
    assert ious["object"] == {"dark": 0.0, "light": pytest.approx(0.25)}
    assert ious["part"] == {"bar": pytest.approx(4 * 16 / 1024)}


def test_degrading_is_repeatable_and_keeps_the_scene() -> None:
    x = torch.from_numpy(scenes(8, 4).images).permute(0, 3, 1, 2).float() / 127.5 - 1
    a, b = (degrade(x, torch.Generator().manual_seed(3)) for _ in range(2))
    assert torch.equal(a, b)
    assert not torch.equal(a, x)
    both = torch.stack([a.flatten(), x.flatten()])
    assert float(torch.corrcoef(both)[0, 1]) > 0.8


def test_bad_files_are_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="neither a file nor a bundled model"):
        load_segmenter("nowhere")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(b"not safetensors at all")
    with pytest.raises(ModelFileError, match=r"broken\.safetensors"):
        load_segmenter(broken)
    network = SceneNetwork(5, (4, 4, 4, 4))
    other = tmp_path / "other.safetensors"
    save_segmenter(network, HEADS[:1], WORDS, 32, other, {})
    with pytest.raises(ModelFileError, match="damaged"):
        load_segmenter(other)


def test_photographs_without_labels_are_refused() -> None:
    plain = Pictures(scenes(4, 0).images, None, "photographs")
    with pytest.raises(BadInputError, match="label maps"):
        SegmenterTraining(SETTINGS, plain, WORDS, "cpu")


def test_labels_beyond_the_vocabulary_count_as_nothing(trained: SegmenterTraining) -> None:
    pictures = scenes(8, 5)
    assert pictures.maps is not None
    pictures.maps[:, 2] = len(WORDS) + 3
    assert mean_iou(concept_ious(trained.segmenter(), pictures)["object"]) > 0.5


def test_a_segmenter_of_scenes_learns_the_words_of_scenes(tmp_path: Path) -> None:
    arguments = ["train", "segmenter", "--data", "storybook:scenes", "--size", "64", "--count", "8"]
    options = ["--steps", "1", "--batch", "2", "--device", "cpu", "--progress", "none"]
    out = tmp_path / "run"
    result = CliRunner().invoke(app, [*arguments, *options, "--out", str(out)])
    assert result.exit_code == 0, result.output
    learned = load_segmenter(out / "segmenter.safetensors")
    assert learned.vocabulary == Storybook("scenes").vocabulary
