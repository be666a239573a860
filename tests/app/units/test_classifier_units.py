"""A classifier's units: its sample is opened again, and pictures are dropped on the grid."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from pytestqt.qtbot import QtBot

from dissection.data.storybook import Storybook
from dissection.measurement.picture_peaks import peaks_on_picture
from dissection.results.rarity import rarity
from dissection.results.store import load_dissection
from dissection.runtime.resources import resources_folder
from ganpaint.units.grid_model import STRIP_ROLE
from ganpaint.units.view import UnitsView

SCENES = resources_folder() / "dissections" / "storybook-scenes"
LAYER = "features.relu5_3"


@pytest.fixture
def scenes(tab: UnitsView) -> UnitsView:
    """The tab on the dissection of a classifier that ships."""
    tab.browsed.open(load_dissection(SCENES), SCENES)
    assert tab.browsed.layer == LAYER
    return tab


def drop(tab: UnitsView, *paths: Path) -> bool:
    """Drop files on the grid as a file manager does; whether they were taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    viewport = tab.grid.viewport()
    at, none = QPointF(viewport.rect().center()), Qt.KeyboardModifier.NoModifier
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    assert viewport.acceptDrops()
    entering = QDragEnterEvent(at.toPoint(), copy, data, left, none)
    QCoreApplication.sendEvent(viewport, entering)
    if not entering.isAccepted():
        return False
    dropping = QDropEvent(at, copy, data, left, none)
    QCoreApplication.sendEvent(viewport, dropping)
    return dropping.isAccepted()


def test_exemplars_are_shown_in_three_ways_of_scenes_too(scenes: UnitsView, qtbot: QtBot) -> None:
    scenes.browsed.choose_unit(scenes.model.units[0])
    shown = scenes.detail.exemplars
    assert all(button.isVisible() for button in shown.chips.group.buttons())
    qtbot.waitUntil(lambda: len(shown.views) >= 5, timeout=60_000)
    table, unit = scenes.browsed.table, scenes.browsed.unit
    assert table is not None
    assert unit is not None
    for rank, row in enumerate(table.layer.exemplars[unit].tolist()):
        assert shown.views[row].peak == pytest.approx(table.layer.peaks[unit, rank], rel=1e-3)
    assert any(table.rows[unit].label.name in view.names for view in shown.views.values())
    looks = {}
    for mode in ("outline", "heat", "seen"):
        shown.choose_mode(mode)
        looks[mode] = shown.sheet.grab().toImage()
    assert looks["outline"] != looks["heat"]
    assert looks["heat"] != looks["seen"]


def test_a_layer_without_stored_pictures_has_them_made_of_its_sample(
    scenes: UnitsView, qtbot: QtBot
) -> None:
    scenes.browsed.choose_layer("features.relu3_3")
    assert scenes.pictures.reason == ""
    first = scenes.model.index(0, 0)
    qtbot.waitUntil(lambda: first.data(STRIP_ROLE) is not None, timeout=60_000)


def test_a_dropped_picture_orders_the_units_by_how_rare_their_peaks_are(
    scenes: UnitsView, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "scene.png"
    Image.fromarray(Storybook("scenes").paint(4, size=96).image).save(path)
    assert drop(scenes, path)
    qtbot.waitUntil(lambda: scenes.bar.order == "fires", timeout=60_000)
    table = scenes.browsed.table
    assert table is not None
    rare = rarity(table.layer, peaks_on_picture(table.dissection, LAYER, path))
    assert scenes.model.units == sorted(range(len(table)), key=lambda unit: (rare[unit], unit))
    assert scenes.bar.fires.isChecked()
    assert "scene.png" in scenes.message.text
    # Another layer of the same picture, without being asked again.
    scenes.browsed.choose_layer("features.relu4_3")
    other = scenes.browsed.table
    assert other is not None
    qtbot.waitUntil(lambda: scenes.fires.rarities is not None, timeout=60_000)
    peaks = peaks_on_picture(other.dissection, "features.relu4_3", path)
    np.testing.assert_allclose(scenes.fires.rarities, rarity(other.layer, peaks))
    scenes.bar.fires.setChecked(False)
    assert scenes.bar.order == "iou"


def test_what_is_no_picture_is_not_taken_and_a_damaged_one_is_told(
    scenes: UnitsView, qtbot: QtBot, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    drop(scenes, tmp_path / "notes.txt")  # the window may say something to it
    assert not scenes.fires.on
    damaged = tmp_path / "damaged.png"
    damaged.write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    assert drop(scenes, damaged)
    qtbot.waitUntil(lambda: "damaged.png" in scenes.message.text, timeout=60_000)
    assert not scenes.bar.fires.isChecked()
    assert scenes.bar.order == "iou"
