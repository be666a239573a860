"""Training of classifiers: what it learns, that it resumes exactly, and what it refuses."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import BadInputError, DissectionError, ModelFileError
from dissection.models.classifiers.load import load_network
from dissection.models.classifiers.plans import PLANS, Plan, folded
from dissection.models.classifiers.published import vgg16_names
from dissection.models.classifiers.trained import save_classifier, trained
from dissection.runtime import resources
from dissection.training.augment import Augmentation
from dissection.training.classes import ClassPictures, class_pictures
from dissection.training.classifier import (
    ClassifierSettings,
    ClassifierTraining,
    snapshot_steps,
    train_classifier,
)
from dissection.training.classifier_quality import accuracy, predicted, quality

CLASSES = ("dark", "light", "red")
PLAN = ("resnet", (4, 8, 8, 8), 8, 32, 3)
SETTINGS = ClassifierSettings(PLAN, steps=48, batch=12, rate=1e-2, snapshots=3)
SMALL = {"vgg": (4, 4, 4, 4, 4), "alexnet": (4, 8, 8, 8, 8), "resnet": (4, 4, 4, 4)}


def plain(count: int, seed: int) -> ClassPictures:
    """Pictures of one gray or red each, with noise."""
    rng = np.random.default_rng(seed)
    targets = np.arange(count) % 3
    colors = np.array([[60, 60, 60], [190, 190, 190], [190, 40, 40]])[targets]
    images = colors[:, None, None] + rng.normal(0, 12, (count, 32, 32, 3))
    return ClassPictures(images.clip(0, 255).astype(np.uint8), targets, CLASSES, "plain pictures")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[ClassifierTraining, Path]:
    out = tmp_path_factory.mktemp("classifier")
    return train_classifier(SETTINGS, plain(96, 0), plain(30, 1), out, save_every=10), out


def rows(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def test_it_learns_and_logs_a_learning_curve(run: tuple[ClassifierTraining, Path]) -> None:
    training, out = run
    held = plain(30, 2)
    said = predicted(training.classifier(), held)
    assert accuracy(said, held.targets) > 0.9
    told = rows(out)
    assert [row["step"] for row in told] == [10, 12, 20, 24, 30, 40, 48]
    assert told[-1]["accuracy"] > 0.9
    assert told[-1]["loss"] < told[0]["loss"]
    kept = sorted(p.name for p in (out / "snapshots").glob("step-*"))
    assert kept == [f"step-{step:06d}.safetensors" for step in (12, 24, 48)]
    network = load_network(out / "snapshots" / kept[-1])
    assert network.classes == CLASSES
    assert quality(predicted(network.module, held), held).accuracy > 0.9


@pytest.mark.parametrize("plan", ["vgg", "resnet"])
def test_a_killed_run_goes_on_to_the_same_bytes(plan: str, tmp_path: Path) -> None:
    layers = (plan, SMALL[plan], 4, 32, 3)
    settings = ClassifierSettings(layers, steps=9, batch=6, snapshots=2)
    pictures, held = plain(30, 0), plain(6, 1)
    whole = train_classifier(settings, pictures, held, tmp_path / "whole", save_every=2)

    class KilledError(Exception):
        pass

    calls = iter([False] * 5)

    def die() -> bool:
        if next(calls, True):
            raise KilledError
        return False

    with pytest.raises(KilledError):
        train_classifier(settings, pictures, held, tmp_path / "cut", save_every=2, stop=die)
    torch.manual_seed(99)  # what happened in between does not matter
    again = train_classifier(settings, pictures, held, tmp_path / "cut", save_every=2)
    for first, second in zip(
        whole.network.state_dict().values(), again.network.state_dict().values(), strict=True
    ):
        assert torch.equal(first, second)
    for name in ("step-000004.safetensors", "step-000009.safetensors"):
        files = [tmp_path / run / "snapshots" / name for run in ("whole", "cut")]
        assert files[0].read_bytes() == files[1].read_bytes()
    timed = [
        [{**row, "images_per_second": 0} for row in rows(tmp_path / n)] for n in ("whole", "cut")
    ]
    assert timed[0] == timed[1]


def test_training_leaves_the_random_generator_alone(tmp_path: Path) -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    settings = ClassifierSettings(PLAN, steps=2, batch=6, snapshots=1)
    train_classifier(settings, plain(12, 0), plain(6, 1), tmp_path)
    assert torch.equal(before, torch.random.get_rng_state())


def test_snapshots_lie_closest_where_most_changes() -> None:
    assert snapshot_steps(1280, 8) == [10, 20, 40, 80, 160, 320, 640, 1280]
    assert snapshot_steps(2, 8) == [1, 2]
    assert snapshot_steps(7, 1) == [7]


@pytest.mark.parametrize("name", PLANS)
def test_folding_keeps_the_function(name: str) -> None:
    torch.manual_seed(0)
    size = 67 if name == "alexnet" else 64
    plan = Plan(name, SMALL[name], 8, size, 5)
    network = plan.initialized(norm=True).train()
    x = torch.randn(6, 3, size, size)
    for _ in range(3):
        network(x * 2 + 1)
    shipped = folded(network, plan)
    torch.testing.assert_close(shipped(x), network.eval()(x), atol=1e-4, rtol=1e-4)
    if name != "resnet":
        assert not [m for m in shipped.modules() if isinstance(m, nn.BatchNorm2d | nn.BatchNorm1d)]


def test_vgg_has_the_published_names() -> None:
    shipped = Plan("vgg", PLANS["vgg"], 256, 128, 51).build()
    names = {name for name, _ in shipped.named_modules()}
    assert set(vgg16_names().values()) <= names
    keys = set(shipped.state_dict())
    assert {"features.conv1_1.weight", "features.conv5_3.bias", "classifier.fc8a.weight"} <= keys
    assert len(keys) == 32


def test_files_hold_eight_bits_and_load_by_path(tmp_path: Path) -> None:
    torch.manual_seed(0)
    plan = Plan("vgg", (16, 16, 16, 16, 16), 16, 32, 3)
    network = folded(plan.initialized(norm=False), plan)
    for compact in (True, False):
        path = tmp_path / f"{compact}.safetensors"
        save_classifier(network, plan, CLASSES, path, {"data": "none"}, compact)
        loaded = load_network(path)
        assert (loaded.takes, loaded.size, loaded.classes) == ("pictures", 32, CLASSES)
        x = torch.rand(4, 3, 32, 32) * 2 - 1
        from dissection.models.classifiers.transforms import IMAGENET

        theirs, ours = network(IMAGENET(x)), loaded.module(x)
        assert (theirs - ours).abs().max() < 0.05 * theirs.abs().max() if compact else 1e-6
    small, large = ((tmp_path / f"{c}.safetensors").stat().st_size for c in (True, False))
    assert small < 0.6 * large
    again = tmp_path / "again.safetensors"
    save_classifier(network, plan, CLASSES, again, {"data": "none"})
    assert again.read_bytes() == (tmp_path / "True.safetensors").read_bytes()
    found = trained(again)
    assert found is not None
    assert found.plan == plan


def test_a_bundled_classifier_loads_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models").mkdir()
    plan = Plan("resnet", (4, 4, 4, 4), 8, 32, 3)
    path = tmp_path / "models" / "some-scenes.safetensors"
    save_classifier(plan.build().eval(), plan, CLASSES, path, {})
    monkeypatch.setattr(resources, "resources_folder", lambda: tmp_path)
    network = load_network("some-scenes")
    assert (network.name, network.takes, network.size) == ("some-scenes", "pictures", 32)
    assert network.classes == CLASSES
    assert network.preparation.crop().resize == 32


def test_a_damaged_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    plan = Plan("resnet", (4, 4, 4, 4), 8, 32, 3)
    path = tmp_path / "c.safetensors"
    save_classifier(plan.build().eval(), Plan("resnet", (4, 4, 4, 8), 8, 32, 3), CLASSES, path, {})
    with pytest.raises(ModelFileError, match="has the shape"):
        load_network(path)
    data = path.read_bytes()
    path.write_bytes(data.replace(b'[\\"resnet', b'[\\"nonset'))
    with pytest.raises(ModelFileError, match="its plan or its classes cannot be read"):
        load_network(path)


def test_changes_of_pictures_keep_range_and_may_do_nothing() -> None:
    images = torch.rand(4, 3, 16, 16)
    nothing = torch.tensor([[1.0, 0, 0, 1, 1, 1, 1]]).repeat(4, 1)
    torch.testing.assert_close(Augmentation.apply(images, nothing), images, atol=1e-5, rtol=1e-5)
    mirrored = nothing.clone()
    mirrored[:, 3] = -1
    torch.testing.assert_close(
        Augmentation.apply(images, mirrored), images.flip(3), atol=1e-5, rtol=1e-5
    )
    drawn = Augmentation().draw(np.random.default_rng(0), 400)
    assert (drawn[:, 0] >= 0.75).all()
    assert (drawn[:, 1:3].abs().amax(1) <= 1 - drawn[:, 0] + 1e-6).all()
    changed = Augmentation.apply(images, drawn[:4])
    assert changed.min() >= 0
    assert changed.max() <= 1


def folder(path: Path, classes: tuple[str, ...] = CLASSES, count: int = 10) -> Path:
    pictures = plain(3 * count, 3)
    for image, target in zip(pictures.images, pictures.targets.tolist(), strict=True):
        if CLASSES[target] in classes:
            place = path / CLASSES[target]
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(place / f"{len(list(place.iterdir())):02d}.png")
    return path


def test_a_folder_of_class_folders(tmp_path: Path) -> None:
    data = folder(tmp_path / "data")
    (data / "light" / "broken.jpg").write_bytes(b"no picture")
    train, held = class_pictures(str(data), 32, 0, 0, tmp_path / "cache")
    assert train.classes == held.classes == CLASSES
    assert (len(train), len(held)) == (27, 3)
    assert np.bincount(held.targets).tolist() == [1, 1, 1]
    assert "1 unreadable files left out" in train.source
    assert train.images[0].mean() < 80
    again, _ = class_pictures(str(data), 32, 0, 0, tmp_path / "cache")
    np.testing.assert_array_equal(again.images, train.images)


def test_folders_that_cannot_be_learned_from(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    with pytest.raises(BadInputError, match="holds 1 subfolder, and a classifier tells"):
        class_pictures(str(folder(tmp_path / "one", ("red",))), 32, 0, 0, cache)
    data = folder(tmp_path / "empty")
    (data / "none").mkdir()
    with pytest.raises(BadInputError, match=r"none holds no image file; put pictures"):
        class_pictures(str(data), 32, 0, 0, cache)
    data = folder(tmp_path / "broken")
    for file in sorted((data / "red").iterdir())[1:]:
        file.write_bytes(b"")
    with pytest.raises(BadInputError, match=r"red 1 picture can be read, and training"):
        class_pictures(str(data), 32, 0, 0, cache)
    with pytest.raises(BadInputError, match="is not there"):
        class_pictures(str(tmp_path / "gone"), 32, 0, 0, cache)
    with pytest.raises(BadInputError, match=r"all of one class.*storybook:scenes"):
        class_pictures("storybook:churches", 64, 1, 1, cache)


def call(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def commanded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the command on a folder."""
    place = tmp_path_factory.mktemp("commanded")
    folder(place / "data")
    options = ["--plan", "resnet", "--units", "4,8,8,8", "--size", "32", "--batch", "9"]
    told = call(
        *("train", "classifier", "--out", str(place / "run"), "--data", str(place / "data")),
        *("--steps", "30", "--rate", "0.01", "--device", "cpu", *options),
    )
    assert "30 of 30 steps done" in told
    return place


def test_the_commands_train_and_evaluate(commanded: Path) -> None:
    model = str(commanded / "run" / "classifier.safetensors")
    figures = commanded / "figures.json"
    told = call(
        *("evaluate", "classifier", "--model", model, "--data", str(commanded / "data")),
        *("--json", str(figures), "--device", "cpu"),
    )
    assert "of 30 held-out pictures told rightly" in told
    assert "most frequent mistakes" in told
    found = json.loads(figures.read_text())
    assert np.sum(found["confusion"]) == 30
    assert found["accuracy"] == pytest.approx(np.trace(found["confusion"]) / 30)


def test_fine_tuning_begins_with_the_weights_of_another(commanded: Path, tmp_path: Path) -> None:
    model = commanded / "run" / "classifier.safetensors"
    data = folder(tmp_path / "two", ("dark", "red"))
    options = ["--plan", "resnet", "--size", "32", "--batch", "6", "--device", "cpu"]
    common = ("train", "classifier", "--data", str(data), "--start", str(model), *options)
    call(*common, "--out", str(tmp_path / "run"), "--units", "4,8,8,8", "--steps", "1",
         "--rate", "1e-9")  # fmt: skip
    old, new = (
        load_network(p).module.state_dict()
        for p in (model, tmp_path / "run" / "classifier.safetensors")
    )
    torch.testing.assert_close(
        new["layer3.0.conv1.weight"], old["layer3.0.conv1.weight"], atol=2e-3, rtol=0.02
    )
    assert new["fc.weight"].shape[0] == 2
    with pytest.raises(BadInputError, match="are of other widths"):
        call(*common, "--out", str(tmp_path / "other"), "--units", "4,8,8,12", "--steps", "1")
    with pytest.raises(BadInputError, match="are of another plan"):
        call(*common, "--out", str(tmp_path / "vgg"), "--plan", "vgg", "--units", "4,4,4,4,4",
             "--dense", "4", "--steps", "1")  # fmt: skip
    with pytest.raises(BadInputError, match="is no file of a classifier"):
        call("train", "classifier", "--out", str(tmp_path / "g"), "--start", "storybook-church")


def test_a_run_is_resumed_with_its_own_settings_only(commanded: Path, tmp_path: Path) -> None:
    shutil.copytree(commanded / "run", tmp_path / "run")
    with pytest.raises(BadInputError, match="holds a run with steps 30, not 31"):
        call("train", "classifier", "--out", str(tmp_path / "run"), "--data",
             str(commanded / "data"), "--plan", "resnet", "--units", "4,8,8,8", "--size", "32",
             "--batch", "9", "--steps", "31", "--rate", "0.01")  # fmt: skip


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--plan", "lenet"], "There is no plan 'lenet'"),
        (["--units", "4,4"], "has 5 stages"),
        (["--units", "4,x"], "whole numbers with commas"),
        (["--plan", "alexnet", "--units", "3,4,4,4,4"], "even numbers of units"),
        (["--size", "16"], "at least 32 px, not of 16"),
        (["--steps", "0"], "--steps must be at least 1"),
        (["--batch", "1"], "--batch must be at least 2"),
        (["--data", "storybook:castles"], "no domain 'castles'"),
    ],
)
def test_what_cannot_be_is_refused_at_once(
    options: list[str], sentence: str, tmp_path: Path
) -> None:
    with pytest.raises(DissectionError, match=sentence):
        call("train", "classifier", "--out", str(tmp_path / "run"), *options)


def test_a_classifier_of_other_classes_is_not_judged(commanded: Path, tmp_path: Path) -> None:
    model = str(commanded / "run" / "classifier.safetensors")
    with pytest.raises(BadInputError, match="tells 3 classes apart"):
        call(
            "evaluate",
            "classifier",
            "--model",
            model,
            "--data",
            str(folder(tmp_path, ("dark", "red"))),
        )
    with pytest.raises(BadInputError, match="is no classifier"):
        call("evaluate", "classifier", "--model", "storybook-church")
