"""The whole study, on a small network and pictures in folders, against plain loops."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor, nn

from dissection.data.image_files import Crop
from dissection.data.image_folder import ImageFolder
from dissection.data.sources import Images
from dissection.errors import BadInputError, UnknownNameError
from dissection.interventions.ablation.classes import ClassImages
from dissection.interventions.ablation.result import Ablation
from dissection.interventions.ablation.sweep import ablate
from dissection.interventions.ablation.tables import tables
from dissection.runtime.progress import Progress, Stopped
from support.ablated_vgg import LAYER, NAMES
from support.small_classifiers import CLASSES, loop, tiny_resnet, tiny_vgg, without


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

    with observe(network, [LAYER]) as activations:
        scores = network(val.values).softmax(1).numpy()
    peaks = activations[LAYER].amax((2, 3)).numpy()
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
    wrong: dict[str, tuple[Any, ...]] = {
        "batch": (0, -3, 2.5, "4", True),
        "memory": (0, None),
        "draws": (-1,),
        "effect_size": (-1, 8.0),
        "seed": (-1, 1.5),
    }
    for name, values in wrong.items():
        for value in values:
            with pytest.raises(BadInputError, match=f"{name} is a whole number"):
                ablate(network, LAYER, train, val, **{name: value})
    with pytest.raises(BadInputError, match="draws is at most 100,000 random sets"):
        ablate(network, LAYER, train, val, draws=10**11)
    with pytest.raises(BadInputError, match="pictures whose classes are known"):
        ablate(network, LAYER, Images(train.values), val)  # type: ignore[arg-type]


def test_classes_are_whole_numbers_one_for_each_picture(train: ClassImages) -> None:
    pictures, count = train.values.numpy(), len(train)
    with pytest.raises(BadInputError, match="as many classes"):
        ClassImages(pictures, [0], NAMES)
    wrong: list[Any] = [[0.5] * count, np.zeros(count), ["boat"] * count, [None] * count]
    for given in wrong:
        with pytest.raises(BadInputError, match="Classes are whole numbers"):
            ClassImages(pictures, given, NAMES)
    with pytest.raises(BadInputError, match="one whole number for each picture"):
        ClassImages(pictures, [[0], [0, 1]], NAMES)  # type: ignore[list-item]


def test_a_stop_is_heeded_before_anything_is_measured(
    network: nn.Module, train: ClassImages, val: ClassImages
) -> None:
    told: list[Progress] = []

    def stop_at_the_second(progress: Progress) -> bool:
        told.append(progress)
        return len(told) < 2

    with pytest.raises(Stopped, match="looking at the network, 1 of 3"):
        ablate(network, LAYER, train, val, report=stop_at_the_second)
    assert [progress.stage for progress in told] == ["looking at the network"] * 2
