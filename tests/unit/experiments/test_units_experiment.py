import numpy as np
import pytest

from dissection import experiments
from dissection.errors import BadInputError
from dissection.results.store import load_dissection
from dissection.runtime.resources import resource


def test_all_units_the_best_first_with_their_own_pictures() -> None:
    result = experiments.units(dissection="storybook-church", layer="layer4", rows=100, side=80)
    layer = load_dissection(resource("dissections/storybook-church"))["layer4"]
    table = result.table()
    assert sorted(table["unit"]) == list(range(256))
    assert table["iou"] == sorted(table["iou"], reverse=True)
    assert table["unit"][0] == int(layer.label_iou.argmax())
    assert layer.pictures is not None
    assert (result.pictures["units"][0] == layer.pictures[table["unit"][0]]).all()
    assert [len(sheet.pictures) for sheet in result.figures().values()] == [100, 100, 56]


def test_classes_that_need_a_unit_stand_beside_it() -> None:
    result = experiments.units(dissection="storybook-scenes", units=30, images=2)
    assert result.pictures["units"].shape[:2] == (30, 2)
    assert any(result.table()["classes"])
    counts = [len(found.split(", ")) for found in result.table()["classes"] if found]
    assert np.sum(counts) <= 4 * 51


def test_units_without_pictures_are_told() -> None:
    with pytest.raises(BadInputError, match="holds no pictures of layer9; take --layer layer4 or"):
        experiments.units(dissection="storybook-church", layer="layer9")
    with pytest.raises(BadInputError, match=r"is of features\.relu5_3 of storybook-scenes"):
        experiments.units(
            dissection="storybook-church", ablation="storybook-scenes-relu5_3", layer="layer4"
        )
