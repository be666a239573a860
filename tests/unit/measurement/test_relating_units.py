"""The stage that relates units, in dissect and on a dissection that was made before."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from dissection.data.sources import Latents
from dissection.errors import StoreError
from dissection.measurement.relate import relate_units
from dissection.models.hooks import observe
from dissection.pipeline import dissect
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection, save_dissection
from dissection.runtime.progress import Stopped
from dissection.statistics.relations import Relations
from support.color_segmenter import ColorSegmenter
from support.tiny import tiny_generator

LAYERS = ("layer2", "layer4")
SIZE = 40


class Seeing(ColorSegmenter):
    """Shows pictures, halved, as its features."""

    def feature_maps(self, images: Tensor) -> Tensor:
        return torch.nn.functional.avg_pool2d(images, 4)


GENERATOR = tiny_generator((6, 5, 4))
SOURCE = Latents.of_seed(SIZE, GENERATOR.depth)


@pytest.fixture(scope="module")
def measured() -> Dissection:
    return dissect(GENERATOR, LAYERS, SOURCE, Seeing(), grid=16, batch=7, relate_size=SIZE)


def arrays(dissection: Dissection) -> dict[str, np.ndarray]:
    found = {}
    for name, part in dissection.items():
        assert part.relations is not None
        assert part.clarity is not None
        both = part.relations.to_arrays() | part.clarity.to_arrays()
        found |= {f"{name}.{key}": array for key, array in both.items()}
    return found


def maps_of(name: str) -> np.ndarray:
    with torch.no_grad(), observe(GENERATOR, [name], detach=True) as activations:
        GENERATOR(SOURCE.inputs(range(SIZE)))
    return activations[name].numpy()


def test_correlations_are_those_of_the_maps(measured: Dissection) -> None:
    pooled = [
        torch.nn.functional.adaptive_avg_pool2d(torch.from_numpy(maps_of(name)), 8).numpy()
        for name in LAYERS
    ]
    values = np.concatenate([p.transpose(1, 0, 2, 3).reshape(p.shape[1], -1) for p in pooled])
    expected = np.corrcoef(values)
    ends = np.cumsum([0, *(p.shape[1] for p in pooled)])
    for place, name in enumerate(LAYERS):
        relations = measured[name].relations
        assert relations is not None
        for unit, (layers, units, told) in enumerate(
            zip(relations.near_layers, relations.near_units, relations.near_values, strict=True)
        ):
            assert (layers[0], len(set(layers.tolist()))) == (place, 2)
            row = expected[ends[place] + unit, ends[layers] + units]
            assert told == pytest.approx(row, abs=2e-3)


def test_precision_recall_areas_are_those_of_the_cells(measured: Dissection) -> None:
    with torch.no_grad():
        labels = Seeing().segment(GENERATOR(SOURCE.inputs(range(SIZE))), size=16).numpy()
    part = measured["layer2"]
    relations = part.relations
    assert relations is not None
    cells = maps_of("layer2")  # 4 x 4: each pixel of the grid lies in one cell
    large = cells.repeat(4, 2).repeat(4, 3)
    for unit in range(part.shape[0]):
        for concept, told in zip(relations.ranked[unit], relations.areas[unit], strict=True):
            if not concept:
                assert told == 0
                continue
            right = (labels == concept).any(1).ravel()
            order = np.argsort(-large[:, unit].ravel(), kind="stable")
            precision = right[order].cumsum() / np.arange(1, len(order) + 1)
            assert told == pytest.approx(precision[right[order]].mean(), abs=0.02)


def test_lower_exemplars_and_counterexamples_are_of_the_sample(measured: Dissection) -> None:
    peaks = maps_of("layer4").max((2, 3))
    part = measured["layer4"]
    relations = part.relations
    assert relations is not None
    for unit in range(part.shape[0]):
        order = np.argsort(-peaks[:, unit], kind="stable")
        assert relations.lower[unit, :3].tolist() == order[:3].tolist()
        assert relations.lower[unit, -3:].tolist() == order[19:22].tolist()


def test_it_is_stored_and_comes_back(measured: Dissection, tmp_path: Path) -> None:
    save_dissection(measured, tmp_path / "d")
    again = load_dissection(tmp_path / "d")
    for key, array in arrays(measured).items():
        np.testing.assert_array_equal(arrays(again)[key], array)
    assert again.provenance["relations"] == {"size": SIZE, "correlated": SIZE, "cells": 8}


def test_a_dissection_made_before_is_related_to_the_same_figures(measured: Dissection) -> None:
    plain = dissect(GENERATOR, LAYERS, SOURCE, Seeing(), grid=16, batch=7)
    assert plain["layer2"].relations is None
    related = relate_units(plain, GENERATOR, SOURCE, Seeing(), size=SIZE, batch=7)
    for key, array in arrays(measured).items():
        np.testing.assert_array_equal(arrays(related)[key], array)


def test_a_stopped_stage_goes_on_to_the_same_figures(measured: Dissection, tmp_path: Path) -> None:
    plain = dissect(GENERATOR, LAYERS, SOURCE, Seeing(), grid=16, batch=7)
    steps = 0

    def stop(*_: object) -> bool:
        nonlocal steps
        steps += 1
        return steps < 8

    options = {"size": SIZE, "batch": 2, "work": tmp_path / "work"}
    with pytest.raises(Stopped):
        relate_units(plain, GENERATOR, SOURCE, Seeing(), report=stop, **options)
    related = relate_units(plain, GENERATOR, SOURCE, Seeing(), resume=True, **options)
    whole = relate_units(plain, GENERATOR, SOURCE, Seeing(), size=SIZE, batch=2)
    for key, array in arrays(whole).items():
        np.testing.assert_array_equal(arrays(related)[key], array)


def test_another_segmenter_is_refused(measured: Dissection) -> None:
    other = Seeing()
    other.digest = "00" * 32
    with pytest.raises(StoreError, match="made with another segmenter"):
        relate_units(measured, GENERATOR, SOURCE, other, size=SIZE)


def test_figures_that_cannot_be_are_refused(measured: Dissection, tmp_path: Path) -> None:
    part = measured["layer2"]
    assert isinstance(part.relations, Relations)
    wrong = replace(part.relations, lower=part.relations.lower + SIZE)
    layers = {**measured.measured, "layer2": replace(part, relations=wrong)}
    save_dissection(replace(measured, measured=layers), tmp_path / "d")
    with pytest.raises(StoreError, match="beyond its sample of 40"):
        load_dissection(tmp_path / "d")
