from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from dissection.data.storybook.book import Storybook
from dissection.models.segmenters.storybook import load_segmenter
from dissection.training.features import FeatureCritic, softplus_mean
from dissection.training.generator import GeneratorTraining
from dissection.training.generator_run import train_generator
from dissection.training.growth import GrowthPlan
from dissection.training.settings import GeneratorSettings

SETTINGS = GeneratorSettings(
    (8, 8), (8, 8), GrowthPlan((0, 192), (0, 0), (64, 32)), depth=8, features=1.0
)
PICTURES = np.random.default_rng(0).integers(0, 255, (40, 8, 8, 3), np.uint8)


@pytest.fixture(scope="module")
def critic() -> FeatureCritic:
    torch.manual_seed(0)
    return FeatureCritic(load_segmenter("storybook"))


def test_scenes_are_told_from_scenes_with_their_parts_exchanged(critic: FeatureCritic) -> None:
    book = Storybook("churches")
    scenes = np.stack([book.paint(layout, size=64).image for layout in range(12)])
    x = torch.from_numpy(scenes).permute(0, 3, 1, 2).float() / 127.5 - 1
    moved = torch.cat([x[:, :, 32:], x[:, :, :32]], 2)  # the ground above the sky
    optimizer = torch.optim.Adam(critic.parameters(), 2e-3)
    real, fake = critic.features(x), critic.features(moved)
    losses = []
    for _ in range(25):
        loss = softplus_mean(critic(fake), 1) + softplus_mean(critic(real), -1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.7 * losses[0]


def test_gradients_reach_the_pictures_and_not_the_layers(critic: FeatureCritic) -> None:
    x = torch.zeros(2, 3, 32, 32, requires_grad=True)
    seen = critic.features(x)
    assert [f.shape[-1] for f in seen] == [16, 8, 4]  # of 64 px, where it looks at the least
    large = critic.features(torch.zeros(1, 3, 256, 256))
    assert [f.shape[-1] for f in large] == [32, 16, 8]  # of 128 px, which the layers learned from
    softplus_mean(critic(seen), -1).backward()
    assert x.grad is not None
    assert x.grad.abs().sum() > 0
    assert all(p.grad is None for p in load_segmenter("storybook").network.parameters())
    assert not any("layers" in name for name in critic.state_dict())


def test_a_killed_run_with_features_resumes_to_the_same_weights(tmp_path: Path) -> None:
    whole = train_generator(SETTINGS, PICTURES, tmp_path / "whole").state()
    steps = iter(range(100))
    train_generator(SETTINGS, PICTURES, tmp_path / "broken", stop=lambda: next(steps) > 2)
    resumed = train_generator(SETTINGS, PICTURES, tmp_path / "broken").state()
    without = replace(SETTINGS, features=0.0)
    plain = train_generator(without, PICTURES, tmp_path / "plain").state()
    for network in ("generator", "features"):
        for key, tensor in whole[network].items():
            assert torch.equal(tensor, resumed[network][key]), key
    key = "body.layer1.conv.weight"
    assert not torch.equal(whole["generator"][key], plain["generator"][key])
    assert "features" not in plain


def test_a_run_begins_with_the_features_of_another_or_without(tmp_path: Path) -> None:
    for features in (1.0, 0.0):
        run = GeneratorTraining(replace(SETTINGS, features=features, seed=3), PICTURES)
        run.step()
        path = tmp_path / f"{features}.safetensors"
        save_file(run.weights(), path)
        started = GeneratorTraining(replace(SETTINGS, start=str(path)), PICTURES)
        assert started.features is not None
        if run.features is not None:
            for key, tensor in run.features.state_dict().items():
                torch.testing.assert_close(
                    started.features.state_dict()[key], tensor, atol=1e-3, rtol=1e-3
                )
