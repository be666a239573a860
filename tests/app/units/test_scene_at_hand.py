"""What units do, and which fire, on the scene in the painter."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from pytestqt.qtbot import QtBot

from dissection.data.images import thumbnail
from dissection.results.rarity import rarity
from dissection.runtime.files import file_digest
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
    tab.browsed.open(make_dissection("nowhere-net", "1" * 64), Path("nowhere"))
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
