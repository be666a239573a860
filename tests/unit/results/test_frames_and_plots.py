"""A dissection as data frames, as a dataset, and as plots."""

import sys
from collections.abc import Iterator
from dataclasses import replace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes

from dissection.errors import BadInputError, UnknownNameError
from dissection.results.colors import category_color
from dissection.results.dissection import Dissection
from dissection.results.matching import bars_of
from dissection.results.rows import CONCEPT_COLUMNS, UNIT_COLUMNS
from dissection.results.store import load_dissection
from dissection.runtime.resources import resource


@pytest.fixture
def without_screen() -> Iterator[None]:
    before = mpl.get_backend()
    mpl.use("agg")
    yield
    plt.close("all")
    mpl.use(before)


def test_a_row_for_each_unit(synthetic_dissection: Dissection) -> None:
    frame = synthetic_dissection.to_pandas("units")
    assert tuple(frame.columns) == UNIT_COLUMNS
    assert len(frame) == 64
    row = frame.iloc[32 + 5]
    layer = synthetic_dissection["layer4"]
    assert (row.layer, row.unit, row.label) == ("layer4", 5, "tree")
    assert row.iou == pytest.approx(layer.iou[1, 5])
    assert row.level == 6.0
    assert frame.dtypes["effect_on_label"] == "float64"
    assert frame.effect_on_label.isna()[0]  # unit 0 has no label
    assert frame.halves_agree.dtype == "boolean"


def test_a_row_for_each_concept_and_each_brush(synthetic_dissection: Dissection) -> None:
    concepts = synthetic_dissection.to_pandas("concepts")
    assert tuple(concepts.columns) == CONCEPT_COLUMNS
    assert concepts.concept.tolist() == ["tree", "sky", "door", "person"]  # no boat
    assert concepts.best_unit.tolist() == [4, 8, 12, 16]
    brushes = synthetic_dissection.to_pandas("brushes")
    made = synthetic_dissection.brushes()
    assert brushes.concept.tolist() == [brush.concept.name for brush in made]
    assert brushes.units[0].startswith("layer3: ")
    assert brushes.drawn.tolist() == [brush.drawn for brush in made]
    assert brushes.weak.notna().tolist() == [brush.weak is not None for brush in made]


def test_what_was_not_measured_is_nan(synthetic_dissection: Dissection) -> None:
    layer = replace(
        synthetic_dissection["layer3"], effect=None, detectors=None, tally=None,
        known_iou=synthetic_dissection["layer3"].iou, threshold_names=(),
    )  # fmt: skip
    poor = replace(synthetic_dissection, measured={"layer3": layer}, strengths=())
    units = poor.to_pandas()
    for name in ("effect_on_label", "detector_accuracy", "level", "held_out_iou", "halves_agree"):
        assert units[name].isna().all()
    assert poor.to_pandas("concepts").brush_units.isna().all()
    arrays = poor.to_xarray()
    assert "effect" not in arrays
    assert "activation_threshold" not in arrays


def test_other_tables_are_refused(synthetic_dissection: Dissection) -> None:
    with pytest.raises(BadInputError, match="units, concepts, brushes, no 'unit'"):
        synthetic_dissection.to_pandas("unit")  # type: ignore[arg-type]


@pytest.mark.parametrize("library", ["pandas", "xarray"])
def test_a_library_that_is_missing(
    library: str, synthetic_dissection: Dissection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    ask = getattr(synthetic_dissection, f"to_{library}")
    with pytest.raises(BadInputError, match=rf"need {library}.*pip install 'ganpaint\[notebook\]'"):
        ask()


def test_arrays_of_all_layers(synthetic_dissection: Dissection) -> None:
    narrow = replace(
        synthetic_dissection["layer4"], effect=None,
        exemplars=synthetic_dissection["layer4"].exemplars[:, :3],
        peaks=synthetic_dissection["layer4"].peaks[:, :3],
    )  # fmt: skip
    wide = synthetic_dissection["layer3"]
    arrays = replace(synthetic_dissection, measured={"layer3": wide, "layer4": narrow}).to_xarray()
    assert dict(arrays.sizes) == {"concept": 5, "unit": 64, "level": 3, "image": 5}
    assert arrays.attrs["model"] == "synthetic"
    there = arrays.isel(unit=arrays.layer == "layer4")
    assert there.number.values.tolist() == list(range(32))
    assert np.array_equal(there.iou.sel(concept="door").values, narrow.iou[3])
    assert np.array_equal(
        arrays.activation_threshold.sel(level="0.995").values[:32],
        wide.activation_threshold_at("0.995"),
    )
    assert there.effect.isnull().all()
    assert (there.exemplars.values[:, 3:] == -1).all()
    assert np.isnan(there.peaks.values[:, 3:]).all()
    assert arrays.category.sel(concept="door").item() == "part"


@pytest.mark.usefixtures("without_screen")
def test_plot_of_layers(synthetic_dissection: Dissection) -> None:
    axes = synthetic_dissection.plot.layers()
    assert [label.get_text() for label in axes.get_xticklabels()] == ["layer3", "layer4"]
    tops = {patch.get_x(): patch.get_y() + patch.get_height() for patch in axes.patches}
    wanted = [int((x.label_iou > 0.04).sum()) for x in synthetic_dissection.values()]
    assert [tops[x] for x in sorted(tops)] == wanted
    own = plt.subplots()[1]
    assert synthetic_dissection.plot.layers(0.99, own) is own
    assert not own.patches


@pytest.mark.usefixtures("without_screen")
def test_plot_of_concepts(synthetic_dissection: Dissection) -> None:
    axes = synthetic_dissection.plot.concepts()
    bars = bars_of(synthetic_dissection["layer3"])
    assert [label.get_text() for label in axes.get_xticklabels()] == [c.name for c, _ in bars]
    assert [patch.get_height() for patch in axes.patches] == [count for _, count in bars]
    assert mpl.colors.to_hex(axes.patches[0].get_facecolor()) == category_color("object")
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["object", "part"]
    with pytest.raises(UnknownNameError, match="no layer 'layer9'"):
        synthetic_dissection.plot.concepts("layer9")
    with pytest.raises(BadInputError, match="from 0 to below 1"):
        synthetic_dissection.plot.concepts(min_iou=1)


@pytest.mark.usefixtures("without_screen")
@pytest.mark.usefixtures("without_screen")
def test_names_are_no_formulas(synthetic_dissection: Dissection) -> None:
    named = replace(synthetic_dissection, model=r"$\foo$")
    for axes in (named.plot.layers(), named.plot.concepts(), named.plot.unit(5, "layer4")[0]):
        axes.figure.canvas.draw()


def test_plot_of_a_unit(synthetic_dissection: Dissection) -> None:
    bundled = load_dissection(resource("dissections/storybook-church"))
    shown, bars = bundled.plot.unit(7, "layer4")
    strip = shown.images[0].get_array()
    assert strip is not None
    assert strip.shape[0] == 80
    iou = np.sort(bundled["layer4"].iou[:, 7])[::-1][:5]
    assert [patch.get_width() for patch in bars.patches] == pytest.approx(iou)
    bars.figure.canvas.draw()
    empty: Axes = synthetic_dissection.plot.unit(0, "layer4")[0]
    assert empty.texts[0].get_text() == "no pictures are stored"
    with pytest.raises(UnknownNameError, match="units 0 to 31, not 32"):
        synthetic_dissection.plot.unit(32)
