"""The whole study, on a small network and pictures in folders, against plain loops."""

import dataclasses
import hashlib
import json
import pickle
import shutil
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import torch
from torch import Tensor, nn

from dissection.data.image_files import Crop
from dissection.data.image_folder import ImageFolder
from dissection.errors import BadInputError, StoreError, UnknownNameError
from dissection.interventions.ablation.classes import ClassImages
from dissection.interventions.ablation.result import Ablation
from dissection.interventions.ablation.store import MANIFEST, load_ablation, save_ablation
from dissection.interventions.ablation.sweep import ablate
from dissection.interventions.ablation.tables import tables, to_pandas, write_csv
from dissection.runtime.progress import Progress, Stopped
from support.small_classifiers import CLASSES, loop, tiny_resnet, tiny_vgg, without

LAYER = "features.relu2"
NAMES = ("boat", "church", "farm", "lake", "street")


def noise(count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    images = rng.normal(0, 0.4, (count, 3, 16, 16)) + rng.uniform(-0.6, 0.6, (count, 3, 1, 1))
    return images.clip(-1, 1).astype(np.float32)


def pictures(count: int, seed: int, network: nn.Module) -> ClassImages:
    """Noise, of the class that the network sees in most of it, and of another one in the rest."""
    rng, images = np.random.default_rng(seed), noise(count, seed)
    seen = network(torch.from_numpy(images)).argmax(1).numpy()
    targets = np.where(rng.random(count) < 0.7, seen, rng.integers(0, CLASSES, count))
    return ClassImages(images, targets, NAMES)


@pytest.fixture(scope="module")
def network() -> nn.Module:
    network = tiny_vgg()
    with torch.no_grad():  # a unit that never says anything, and a class that nobody predicts
        network.get_parameter("features.conv2.weight")[4] = 0
        network.get_parameter("features.conv2.bias")[4] = -1
        weight, bias = (network.get_parameter(f"classifier.6.{n}") for n in ("weight", "bias"))
        logits = network(torch.from_numpy(noise(200, 0)))  # all classes about as often
        weight /= logits.std(0)[:, None]
        bias.sub_(logits.mean(0)).div_(logits.std(0))
        bias[3] = -9
    return network


@pytest.fixture(scope="module")
def train(network: nn.Module) -> ClassImages:
    return pictures(41, 1, network)


@pytest.fixture(scope="module")
def val(network: nn.Module) -> ClassImages:
    return pictures(33, 2, network)


@pytest.fixture(scope="module")
def found(network: nn.Module, train: ClassImages, val: ClassImages) -> Ablation:
    return ablate(
        network, LAYER, train, val, batch=9, draws=3, curves=["farm", "boat"], effect_size=41
    )


def balanced(logits: Tensor, targets: np.ndarray, k: int) -> float:
    """As published, one class at a time."""
    predicted = logits.argmax(1).numpy() == k
    of = targets == k
    if not of.any():
        return float("nan")
    return float(((predicted & of).sum() / of.sum() + (~predicted & ~of).sum() / (~of).sum()) / 2)


def test_figures_are_those_of_plain_loops(
    network: nn.Module, train: ClassImages, val: ClassImages, found: Ablation
) -> None:
    assert found.held_out.close.sum() + found.training.close.sum() == 0
    assert found.units == 12
    for source, figures in ((train, found.training), (val, found.held_out)):
        whole = network(source.values)
        for unit in range(12):
            logits = loop(network, LAYER, source.values, without(unit))
            assert figures.changed[unit] == (logits != whole).any(1).sum()
            for k in range(CLASSES):
                lost = balanced(whole, source.targets, k) - balanced(logits, source.targets, k)
                np.testing.assert_allclose(figures.importance[k, unit], lost, atol=1e-12)
    assert found.silent.tolist() == [unit == 4 for unit in range(12)]
    for kind in found.sets.kinds:
        rows = found.sets.named(kind)
        for row in rows:
            units = np.flatnonzero(found.sets.removed[row]).tolist()
            logits = loop(network, LAYER, val.values, without(units))
            assert (found.set_predicted[:, row] == logits.argmax(1).numpy()).all()
        if not kind.startswith("random"):
            accuracy, plain = found.without(kind)
            k = int(found.sets.of[rows[-1]])
            np.testing.assert_allclose(accuracy[k], balanced(logits, val.targets, k))
            assert plain[k] == (logits.argmax(1).numpy() == val.targets).mean()
    units = found.order[2, :4].tolist()
    farms = loop(network, LAYER, val.values, without(units)).argmax(1).numpy()[val.targets == 2]
    assert found.taken_without("without 4", "farm").tolist() == [
        int((farms == k).sum()) for k in range(CLASSES)
    ]
    with pytest.raises(UnknownNameError, match="are nobody's"):
        found.taken_without("random: without 4", "farm")
    with pytest.raises(UnknownNameError, match="No sets 'without 7' were taken out; there are"):
        found.without("without 7")
    accuracies, plain = found.control("without 4")
    assert accuracies.shape == (3, CLASSES)
    assert plain.shape == (3,)


def test_nobody_predicts_a_class(found: Ablation) -> None:
    lake = NAMES.index("lake")
    assert found.held_out.baseline[lake] == 0.5
    assert found.held_out.counts.taken[0, lake] == 0
    assert not found.needed_by(4)[lake].any()


def test_curves_run_from_all_units_to_one(
    network: nn.Module, val: ClassImages, found: Ablation
) -> None:
    k = NAMES.index("farm")
    accuracy, plain = found.curve("farm")
    assert accuracy.shape == plain.shape == (2, 12)
    for way, order in enumerate((found.order[k], found.order[k, ::-1])):
        for number in range(12):
            logits = loop(network, LAYER, val.values, without(order[:number].tolist()))
            np.testing.assert_allclose(accuracy[way, number], balanced(logits, val.targets, k))
            assert plain[way, number] == (logits.argmax(1).numpy() == val.targets).mean()
    points = found.points("farm")
    assert list(points) == [1, 2, 3, 5]
    assert points[5] == (accuracy[0, 5], accuracy[1, 7])
    with pytest.raises(UnknownNameError, match="No curve was measured for 'lake'"):
        found.curve("lake")
    with pytest.raises(UnknownNameError, match="no class 'moon'"):
        found.curve("moon")


def test_correlation_and_the_gradients_estimate(
    network: nn.Module, val: ClassImages, found: Ablation
) -> None:
    from dissection.models.hooks import observe

    with observe(network, [LAYER]) as seen:
        scores = network(val.values).softmax(1).numpy()
    peaks = seen[LAYER].amax((2, 3)).numpy()
    expected = np.corrcoef(peaks[:, 2], scores[:, 1])[0, 1]
    assert found.correlation[1, 2] == pytest.approx(expected, abs=1e-5)
    assert found.class_effect is not None
    assert found.class_effect.shape == (CLASSES, 12)
    assert found.agreement is not None
    assert np.nanmean(found.agreement) > 0


def test_some_of_the_pictures_are_judged_alone(
    network: nn.Module, train: ClassImages, val: ClassImages, found: Ablation
) -> None:
    chosen = [30, 2, 3, 5, 8, 13, 21]
    some = found.among(chosen)
    order = sorted(chosen)
    part = ClassImages(val.values[order].numpy(), val.targets[order], NAMES)
    alone = ablate(network, LAYER, train, part, batch=9, draws=3, effect_size=0)
    assert (some.held_out.counts.hits == alone.held_out.counts.hits).all()
    assert (some.held_out.counts.taken == alone.held_out.counts.taken).all()
    assert (some.set_predicted == alone.set_predicted).all()
    assert (some.taken_for[0] == alone.taken_for[0]).all()


def same(one: Ablation, other: Ablation) -> bool:
    def arrays(value: Any) -> list[np.ndarray]:
        if dataclasses.is_dataclass(value):
            fields = dataclasses.fields(value)
            return [a for field in fields for a in arrays(getattr(value, field.name))]
        return [value] if isinstance(value, np.ndarray) else []

    pairs = zip(arrays(one), arrays(other), strict=True)
    return all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs)


def test_a_stored_ablation_is_the_same(found: Ablation, tmp_path: Path) -> None:
    save_ablation(found, tmp_path, {"sets": 1.5})
    again = load_ablation(tmp_path / MANIFEST, str(found.provenance["network"]))
    assert same(found, again)
    assert again.classes == NAMES
    assert again.provenance == found.provenance
    first = sorted(path.name for path in tmp_path.iterdir())
    save_ablation(again, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == first
    with pytest.raises(StoreError, match="made of a network VGG with SHA-256"):
        load_ablation(tmp_path, "0" * 64)


def test_damage_is_told(found: Ablation, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="holds no ablation"):
        load_ablation(tmp_path)
    save_ablation(found, tmp_path)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    for change, message in (
        ({"schema": 9}, "schema version 9"),
        ({"classes": ["one"]}, "has the shape"),
        ({"kinds": []}, "out of range"),
        ({"provenance": None}, "lack or garble"),
    ):
        (tmp_path / MANIFEST).write_text(json.dumps({**manifest, **change}))
        with pytest.raises(StoreError, match=message):
            load_ablation(tmp_path)
    (tmp_path / MANIFEST).write_text(json.dumps(manifest))
    path = tmp_path / manifest["arrays"]["file"]
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(StoreError, match="its SHA-256 differs"):
        load_ablation(tmp_path)


def test_decisions_are_stored_deflated_and_checked(found: Ablation, tmp_path: Path) -> None:
    """Files of before hold them plainly, and are read all the same."""
    save_ablation(found, tmp_path)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    stored = safetensors.numpy.load((tmp_path / manifest["arrays"]["file"]).read_bytes())
    packed = stored.pop("sets.predicted.zlib")
    plain = zlib.compress(found.set_predicted.astype("<i4")[:-1].tobytes())
    for arrays, message in (
        ({"sets.predicted": found.set_predicted}, ""),
        ({"sets.predicted.zlib": packed[:-9]}, "does not hold"),
        ({"sets.predicted.zlib": np.frombuffer(plain, np.uint8)}, "does not hold"),
        ({"sets.predicted.zlib": packed[::-1]}, "cannot be inflated"),
    ):
        data = safetensors.numpy.save(
            {key: np.ascontiguousarray(value) for key, value in (stored | arrays).items()}
        )
        (tmp_path / "changed.safetensors").write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        entry = {**manifest["arrays"], "file": "changed.safetensors", "sha256": digest}
        (tmp_path / MANIFEST).write_text(json.dumps({**manifest, "arrays": entry}))
        if message:
            with pytest.raises(StoreError, match=message):
                load_ablation(tmp_path)
        else:
            assert same(found, load_ablation(tmp_path))


@pytest.mark.parametrize("where", ["training pictures", "held-out pictures", "sets", "gradient"])
def test_a_stopped_job_goes_on_to_the_same_bytes(
    network: nn.Module, train: ClassImages, val: ClassImages, found: Ablation, tmp_path: Path,
    where: str,
) -> None:  # fmt: skip
    steps = 0

    def stop(progress: Progress) -> bool:
        nonlocal steps
        words = "effects" if where == "gradient" else where
        steps += words in progress.stage and progress.done > 0
        return steps < 3

    settings: dict[str, Any] = {
        "batch": 9, "draws": 3, "curves": ["farm", "boat"], "effect_size": 41,
        "work": tmp_path / "work",
    }  # fmt: skip
    with pytest.raises(Stopped):
        ablate(network, LAYER, train, val, report=stop, **settings)
    assert (tmp_path / "work").exists()
    with pytest.raises(StoreError, match="holds a job with draws 3, not 4"):
        ablate(network, LAYER, train, val, resume=True, **{**settings, "draws": 4})
    told: list[Progress] = []
    again = ablate(network, LAYER, train, val, resume=True, report=told.append, **settings)
    assert told[0].done > 0
    assert not (tmp_path / "work").exists()
    save_ablation(again, tmp_path / "again")
    save_ablation(found, tmp_path / "found")
    one, other = (sorted(p.name for p in (tmp_path / n).iterdir()) for n in ("again", "found"))
    assert one == other  # the arrays' SHA-256 is in the name


@pytest.mark.parametrize("spoil", ["cut", "changed", "gone"])
def test_working_files_that_are_not_as_written_are_measured_anew(
    network: nn.Module, train: ClassImages, val: ClassImages, found: Ablation, tmp_path: Path,
    spoil: str,
) -> None:  # fmt: skip
    settings: dict[str, Any] = {
        "batch": 9, "draws": 3, "curves": ["farm", "boat"], "effect_size": 41,
        "work": tmp_path / "work",
    }  # fmt: skip

    def stop(progress: Progress) -> bool:
        return "sets" not in progress.stage

    with pytest.raises(Stopped):
        ablate(network, LAYER, train, val, report=stop, **settings)
    path = tmp_path / "work" / "training-singles-predicted.bin"
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    path.write_bytes(data[:-9] if spoil == "cut" else data)
    if spoil == "gone":
        path.unlink()
    again = ablate(network, LAYER, train, val, resume=True, **settings)
    assert same(again, found)


@pytest.mark.parametrize("replacement", ["mean", "other"])
def test_what_units_are_set_to_is_recorded(
    network: nn.Module, train: ClassImages, val: ClassImages, found: Ablation, replacement: str
) -> None:
    other = ablate(
        network, LAYER, train, val, replacement=replacement, draws=0, effect_size=0, batch=9
    )
    assert other.provenance["replacement"] == replacement
    assert found.provenance["replacement"] == "zero"
    assert (other.held_out.counts.hits[0] == found.held_out.counts.hits[0]).all()
    assert (other.held_out.counts.hits[1:] != found.held_out.counts.hits[1:]).any()
    assert other.class_effect is None
    assert other.agreement is None
    # A unit that is zero everywhere is zero on other pictures and in the mean, too.
    assert other.silent[4]


def test_tables(found: Ablation, tmp_path: Path) -> None:
    made = tables(found)
    assert {name: len(next(iter(table.values()))) for name, table in made.items()} == {
        "units": 12, "classes": 5, "pairs": 60,
    }  # fmt: skip
    pairs = made["pairs"]
    row = 1 * 12 + int(found.order[1, 0])
    assert pairs["rank"][row] == 0
    assert pairs["lost_training"][row] == np.nanmax(found.importance[1])
    needed = [name for k, name in enumerate(NAMES) if found.needed_by(4)[k, 7]]
    assert sorted(filter(None, made["units"]["needed_by"][7].split("; "))) == needed
    assert (made["units"]["top_2"] <= made["units"]["top_5"]).all()
    paths = write_csv(found, tmp_path)
    assert [path.name for path in paths] == ["units.csv", "classes.csv", "pairs.csv"]
    lines = paths[1].read_text().splitlines()
    assert len(lines) == 6
    assert lines[0].startswith("class,pictures,accuracy,without 1,")


def test_data_frames(found: Ablation) -> None:
    assert to_pandas(found)["silent"].tolist() == found.silent.tolist()
    assert to_pandas(found, "classes")["class"].tolist() == list(found.classes)
    assert len(to_pandas(found, "pairs")) == len(found.classes) * found.units
    with pytest.raises(BadInputError, match="units, classes, pairs, no 'unit'"):
        to_pandas(found, "unit")  # type: ignore[arg-type]


def test_an_ablation_can_be_pickled(found: Ablation) -> None:
    again = pickle.loads(pickle.dumps(found))
    assert np.array_equal(again.importance, found.importance, equal_nan=True)
    assert again.without("without 1")[0].tolist() == found.without("without 1")[0].tolist()


def folder(root: Path, network: nn.Module, each: int, seed: int) -> Path:
    from PIL import Image

    rng = np.random.default_rng(seed)
    for name in NAMES:
        (root / name).mkdir(parents=True)
        for number in range(each):
            picture = rng.integers(0, 256, (20, 20, 3)).astype(np.uint8)
            Image.fromarray(picture).save(root / name / f"{number}.png")
    return root


def test_folders_with_a_class_missing_and_files_that_are_damaged(
    network: nn.Module, tmp_path: Path
) -> None:
    train = folder(tmp_path / "train", network, 4, 1)
    val = folder(tmp_path / "val", network, 3, 2)
    shutil.rmtree(val / "farm")
    (val / "lake" / "0.png").write_bytes(b"not a picture")
    (val / "lake" / "1.png").write_bytes(b"")
    crop = Crop(16, 18)
    sources = [ImageFolder(path, crop) for path in (train, val)]
    found = ablate(network, LAYER, *sources, draws=1, effect_size=0)
    assert found.classes == NAMES
    assert found.held_out.counts.sizes.tolist() == [3, 3, 0, 1, 3]
    farm = NAMES.index("farm")
    assert np.isnan(found.held_out.importance[farm]).all()
    assert np.isnan(found.without("without 4")[0][farm])
    assert found.provenance["held_out"]["skipped"]["count"] == 2
    assert set(found.names) == set(sources[1].names)
    assert [NAMES[k] for k in found.targets] == [name.split("/")[0] for name in found.names]
    tables(found)
    both = [sources[1], sources[1]]
    with pytest.raises(BadInputError, match="5 classes apart, and the folders are 4; name"):
        ablate(network, LAYER, *both)
    assert ablate(network, LAYER, *both, classes=NAMES, draws=0, effect_size=0).classes == NAMES
    with pytest.raises(BadInputError, match="3 different names of 3 are given"):
        ablate(network, LAYER, *sources, classes=NAMES[:3])
    with pytest.raises(BadInputError, match="has no class 'street', which a folder is called"):
        ablate(network, LAYER, *sources, classes=[*NAMES[:4], "road"])


def test_pictures_in_memory_say_the_order_of_their_classes(
    network: nn.Module, train: ClassImages, val: ClassImages, found: Ablation
) -> None:
    names = ("lake", "farm", "boat", "street", "church")
    part = ClassImages(val.values[:9].numpy(), np.zeros(9, int), names[1:2])
    again = ablate(
        network, LAYER, ClassImages(train.values.numpy(), train.targets, names), part,
        draws=0, effect_size=0, batch=9,
    )  # fmt: skip
    assert again.classes == names
    assert (again.training.counts.hits == found.training.counts.hits).all()
    assert again.targets.tolist() == [1] * 9


def test_one_picture(network: nn.Module, train: ClassImages) -> None:
    one = ClassImages(train.values[:1].numpy(), train.targets[:1], NAMES)
    found = ablate(network, LAYER, one, one, effect_size=1)
    assert np.isnan(found.held_out.baseline).all()
    assert found.held_out.counts.plain[0] in (0.0, 1.0)
    assert np.isnan(found.correlation).all()
    tables(found)


def test_a_linear_layer_and_a_residual_network(train: ClassImages, val: ClassImages) -> None:
    found = ablate(tiny_vgg(), "classifier.0", train, val, draws=1, effect_size=10)
    assert found.units == 40
    assert found.class_effect is not None
    assert found.class_effect.shape == (CLASSES, 40)
    assert found.provenance["way"] == "linear"
    last = ablate(tiny_vgg(), "classifier.6", train, val, draws=1, effect_size=0)
    assert last.units == CLASSES
    residual = ablate(tiny_resnet(), "layer1", train, val, draws=1, effect_size=4)
    assert residual.provenance["way"] == "recomputed"


def test_wrong_settings_are_told(network: nn.Module, train: ClassImages, val: ClassImages) -> None:
    with pytest.raises(UnknownNameError, match=r"features\.relu9.*did you mean"):
        ablate(network, "features.relu9", train, val)
    with pytest.raises(BadInputError, match="set to zero, mean, other, not 'median'"):
        ablate(network, LAYER, train, val, replacement="median")
    with pytest.raises(BadInputError, match="no class 'bout' to follow; there are boat"):
        ablate(network, LAYER, train, val, curves=["bout"])
    with pytest.raises(BadInputError, match="Batch and memory are at least 1"):
        ablate(network, LAYER, train, val, batch=0)
    with pytest.raises(BadInputError, match="as many classes"):
        ClassImages(train.values.numpy(), [0], NAMES)
