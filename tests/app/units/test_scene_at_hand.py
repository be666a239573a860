"""What units do, and which fire, on the scene in the painter."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from dissection.data.images import thumbnail
from dissection.measurement.spotlight import upsampled
from dissection.painting.edits import Brush, LayerUnits, Mode, Stroke
from dissection.results.rarity import rarity
from dissection.runtime.files import file_digest
from dissection.vocabulary import Concept
from ganpaint.painter.canvas.picture_item import to_array
from ganpaint.units.detail.views import VIEW_PX
from ganpaint.units.view import UnitsView
from ganpaint.window.main_window import MainWindow
from support.synthetic import make_dissection


def test_units_are_ordered_by_how_rare_their_peak_is(
    tab: UnitsView, units_window: MainWindow, model: Path, qtbot: QtBot
) -> None:
    from dissection.models.generators.checkpoints import load_generator
    from dissection.models.generators.renderer import Renderer

    tab.bar.fires.setChecked(True)
    qtbot.waitUntil(lambda: tab.bar.order == "fires", timeout=20_000)
    renderer = Renderer(load_generator(str(model)), "cpu", "float32")
    from dissection.data.latents import standard

    renderer.set_latent(standard([3], 24)[0])
    table = tab.browsed.table
    assert table is not None
    rare = rarity(table.layer, renderer.features("layer3").max((1, 2)))
    assert tab.model.units == sorted(range(32), key=lambda unit: (rare[unit], unit))
    tab.bar.fires.setChecked(False)
    assert tab.bar.order == "iou"


def test_rarities_go_with_the_units_that_they_are_of(
    units_window: MainWindow, tab: UnitsView, model: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    shapes = {"layer5": (16, 16, 16), "layer3": (32, 8, 8)}
    made = make_dissection("tiny", file_digest(model), shapes)
    sample = {**made.provenance["sample"], "depth": 24}
    made = replace(made, provenance={**made.provenance, "sample": sample})
    tab.browsed.open(made, tmp_path / "two")
    tab.browsed.choose_layer("layer5")
    tab.bar.fires.setChecked(True)
    qtbot.waitUntil(lambda: tab.bar.order == "fires", timeout=20_000)
    # More units than the rarities are of: looked up among them, there are none for the last.
    tab.browsed.choose_layer("layer3")
    assert len(tab.model.units) == 32
    assert tab.fires.rarities is None
    qtbot.waitUntil(lambda: tab.fires.rarities is not None, timeout=20_000)
    assert tab.fires.rarities is not None
    assert tab.fires.rarities.shape == (32,)
    larger = make_dissection("other", "ab" * 32, {"layer3": (64, 8, 8)})
    tab.browsed.open(larger, tmp_path / "other")
    assert len(tab.model.units) == 64
    assert tab.fires.rarities is None
    assert tab.bar.order != "fires"


def test_a_picture_is_no_question_for_a_generator(tab: UnitsView) -> None:
    tab.grid.picture_dropped.emit(Path("some.png"))
    assert "A generator makes pictures" in tab.message.text


def test_a_classifier_that_is_not_to_be_had_is_told(tab: UnitsView, qtbot: QtBot) -> None:
    made = make_dissection("nowhere-net", "1" * 64)
    shown = {**made.provenance, "settings": {"images": "somewhere"}}
    tab.browsed.open(replace(made, provenance=shown), Path("nowhere"))
    tab.grid.picture_dropped.emit(Path("some.png"))
    qtbot.waitUntil(lambda: "nowhere-net" in tab.message.text, timeout=20_000)
    assert not tab.fires.on


def test_a_unit_is_forced(tab: UnitsView, units_window: MainWindow, qtbot: QtBot) -> None:
    tab.browsed.choose_unit(8)
    shown = tab.detail.intervention
    qtbot.waitUntil(lambda: None not in (shown.before.image, shown.after.image), timeout=20_000)
    shown.chips.choose("plain")
    before = to_array(shown.before.image)
    np.testing.assert_array_equal(before, thumbnail(to_array(units_window.canvas.shown), VIEW_PX))
    off = to_array(shown.after.image)
    shown.at_level.click()
    qtbot.waitUntil(lambda: not np.array_equal(to_array(shown.after.image), off), timeout=20_000)
    assert shown.value.text() == "9.00  (t_u 9.00)"
    assert units_window.document.strokes == ()


def test_where_a_unit_is_active_is_shown_and_follows_the_strokes(
    tab: UnitsView, units_window: MainWindow, model: Path, qtbot: QtBot
) -> None:
    from dissection.data.latents import standard
    from dissection.models.generators.checkpoints import load_generator
    from dissection.models.generators.renderer import Renderer

    renderer = Renderer(load_generator(str(model)), "cpu", "float32")
    renderer.set_latent(standard([3], 24)[0])
    tab.browsed.choose_unit(8)
    shown = tab.detail.intervention
    qtbot.waitUntil(lambda: shown.shown is not None, timeout=20_000)
    raw = renderer.features("layer3")[8]
    assert shown.shown is not None
    view, reading = shown.shown
    assert reading.peak == pytest.approx(float(raw.max()), rel=1e-4)
    assert reading.mean == pytest.approx(float(raw.mean()), rel=1e-4, abs=1e-6)
    np.testing.assert_allclose(view.activations, upsampled(raw, (VIEW_PX, VIEW_PX)), atol=1e-4)
    assert f"Peak {reading.peak:.3g}" in shown.figures.text()
    assert "Nowhere above its level t_u 9" in shown.figures.text()
    looks = []
    for mode in ("plain", "outline", "heat"):
        shown.chips.choose(mode)
        assert shown.before.image is not None
        looks.append(to_array(shown.before.image))
    assert not np.array_equal(looks[0], looks[1])
    assert not np.array_equal(looks[1], looks[2])
    # A stroke that forces this unit, painted while another tab shows.
    units_window.stack.show_tab("painter")
    brush = Brush(Concept("mine", "mine"), {"layer3": LayerUnits((8,), (30.0,))})
    with qtbot.waitSignal(units_window.live.settled, timeout=20_000):
        units_window.document.preview(Stroke(np.ones((1, 1), np.float32), brush, Mode.DRAW))
        units_window.document.finish_stroke()
    units_window.stack.show_tab("units")
    qtbot.waitUntil(lambda: shown.shown is not None and shown.shown[1].peak == 30.0, timeout=20_000)
    assert shown.shown[1].above is not None
    assert shown.shown[1].above > 0.9
    assert "Above its level t_u 9" in shown.figures.text()


def test_a_generator_that_is_not_open_is_asked_for_by_name(tab: UnitsView) -> None:
    tab.browsed.open(make_dissection("elsewhere", "1" * 64), Path("elsewhere"))
    tab.browsed.choose_unit(9)
    assert "Open the generator that was dissected, elsewhere" in tab.detail.intervention.said.text()
    assert not tab.detail.intervention.before.isVisible()
    assert not tab.detail.own_picture.isVisible()
    assert "the generator that was dissected is not open" in tab.detail.exemplars.said.text()
    tab.bar.fires.setChecked(True)
    assert "open the generator that was dissected" in tab.message.text
    assert not tab.bar.fires.isChecked()


def test_a_result_file_that_tells_no_network_is_said_to_be_one(tab: UnitsView) -> None:
    made = make_dissection("report")
    tab.browsed.open(replace(made, provenance={"format": "report.json"}), Path("report"))
    tab.browsed.choose_unit(9)
    assert "does not tell which network" in tab.detail.own_picture.said.text()
    assert not tab.detail.own_picture.open.isVisible()
    assert not tab.detail.intervention.isVisible()
