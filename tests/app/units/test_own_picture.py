"""A classifier's units on a picture of one's own: opened, dropped, pasted."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QCoreApplication, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.storybook import Storybook
from dissection.measurement.own_picture import OwnPicture
from dissection.measurement.sample_again import SampleAgain
from dissection.results.store import load_dissection
from dissection.runtime.resources import resources_folder
from ganpaint.rendering.requests import to_image
from ganpaint.units.detail.given_picture import GivenPicture, UnitOnPicture
from ganpaint.units.detail.own_picture import OwnPictureSection
from ganpaint.units.detail.views import VIEW_PX
from ganpaint.units.kinds import network_kind
from ganpaint.units.sample_thread import SampleQuestion, SampleThread
from ganpaint.units.view import UnitsView
from support.pictures import make_folder
from support.synthetic import make_dissection

SCENES = resources_folder() / "dissections" / "storybook-scenes"
LAYER = "features.relu5_3"


@pytest.fixture
def scenes(tab: UnitsView) -> UnitsView:
    """The tab on the dissection of a classifier that ships, its first unit looked at."""
    tab.browsed.open(load_dissection(SCENES), SCENES)
    tab.browsed.choose_unit(tab.model.units[0])
    return tab


@pytest.fixture
def scene() -> NDArray[np.uint8]:
    image: NDArray[np.uint8] = Storybook("scenes").paint(4, size=96).image
    return image


@pytest.fixture
def path(scene: NDArray[np.uint8], tmp_path: Path) -> Path:
    Image.fromarray(scene).save(tmp_path / "scene.png")
    return tmp_path / "scene.png"


def answer(tab: UnitsView, qtbot: QtBot) -> UnitOnPicture:
    """What is shown, once it is known."""
    section = tab.detail.own_picture
    qtbot.waitUntil(lambda: section.shown is not None, timeout=60_000)
    assert section.shown is not None
    return section.shown


def drop(tab: UnitsView, data: QMimeData) -> bool:
    """Drop something on the unit's page; whether it was taken."""
    at, none = QPointF(60, 60), Qt.KeyboardModifier.NoModifier
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    entering = QDragEnterEvent(at.toPoint(), copy, data, left, none)
    QCoreApplication.sendEvent(tab.detail, entering)
    if not entering.isAccepted():
        return False
    dropping = QDropEvent(at, copy, data, left, none)
    QCoreApplication.sendEvent(tab.detail, dropping)
    return dropping.isAccepted()


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(each)) for each in paths])
    return data


def test_a_picture_stays_for_all_units_that_are_looked_at(
    scenes: UnitsView, qtbot: QtBot, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    section: OwnPictureSection = scenes.detail.own_picture
    assert section.isVisible()
    assert not scenes.detail.intervention.isVisible()
    assert "Open a picture" in section.said.text()
    assert not section.picture.isVisible()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    section.open.click()
    dissection = scenes.browsed.dissection
    assert dissection is not None
    own = OwnPicture(SampleAgain(dissection), path)
    seen = []
    for layer, unit in ((LAYER, scenes.browsed.unit), (LAYER, 5), ("features.relu3_3", 7)):
        assert unit is not None
        scenes.browsed.choose_layer(layer)
        scenes.browsed.choose_unit(unit)
        found = answer(scenes, qtbot)
        expected = own.read(layer, unit, VIEW_PX)
        assert found.reading.peak == pytest.approx(expected.peak, rel=1e-4, abs=1e-6)
        np.testing.assert_allclose(found.view.activations, expected.activations, atol=1e-4)
        assert f"Peak {found.reading.peak:.3g}" in section.figures.text()
        assert section.picture.isVisible()
        assert section.picture.name == "scene.png"
        seen.append(section.figures.text())
    assert len(set(seen)) == 3
    assert "IoU" not in seen[0]  # labels told where concepts are, and say nothing of this picture
    looks = []
    for mode in ("plain", "outline", "heat"):
        section.chips.choose(mode)
        assert section.picture.image is not None
        looks.append(section.picture.image.copy())
    assert len(looks) == 3
    assert looks[0] != looks[2]
    assert looks[1] != looks[2]


def test_a_drop_and_the_clipboard_are_the_same_picture(
    scenes: UnitsView, qtbot: QtBot, path: Path, scene: NDArray[np.uint8]
) -> None:
    assert drop(scenes, files(path))
    dropped = answer(scenes, qtbot)
    pixels = QMimeData()
    pixels.setImageData(to_image(scene))
    assert drop(scenes, pixels)
    assert answer(scenes, qtbot).reading.peak == dropped.reading.peak
    scenes.detail.own.take(None)
    QGuiApplication.clipboard().setImage(to_image(scene))
    scenes.grid.setFocus()
    QTest.keyClick(scenes.grid, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: scenes.detail.own.picture is not None)
    assert answer(scenes, qtbot).reading.peak == dropped.reading.peak
    assert scenes.detail.own_picture.picture.name == "the picture from the clipboard"
    QGuiApplication.clipboard().setText("no picture")
    scenes.detail.own_picture.paste.click()
    assert "no picture on the clipboard" in scenes.detail.own_picture.said.text()


def test_what_is_no_picture_is_for_the_window(scenes: UnitsView, tmp_path: Path) -> None:
    (tmp_path / "town.ganpaint").write_text("a project")
    drop(scenes, files(tmp_path / "town.ganpaint"))
    assert not drop(scenes, files(tmp_path / "a.png", tmp_path / "b.png"))
    assert scenes.detail.own.picture is None


def test_a_picture_that_cannot_be_used_is_told(
    scenes: UnitsView, qtbot: QtBot, tmp_path: Path, path: Path
) -> None:
    section = scenes.detail.own_picture
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing more")
    assert drop(scenes, files(tmp_path / "broken.jpg"))
    qtbot.waitUntil(
        lambda: "broken.jpg cannot be used" in section.said.text().replace("\u200b", "")
    )
    assert section.picture.image is None
    assert not section.figures.isVisible()
    assert drop(scenes, files(path))
    answer(scenes, qtbot)
    assert section.said.text() == ""


def test_a_drop_on_the_units_orders_them_and_is_tried(
    scenes: UnitsView, qtbot: QtBot, path: Path
) -> None:
    scenes.grid.picture_dropped.emit(path)
    qtbot.waitUntil(lambda: scenes.bar.order == "fires", timeout=60_000)
    assert answer(scenes, qtbot).reading.rarity is not None
    assert scenes.detail.own_picture.picture.name == "scene.png"
    scenes.bar.fires.setChecked(False)
    scenes.detail.own_picture.order.click()
    qtbot.waitUntil(lambda: scenes.bar.order == "fires", timeout=60_000)
    first = scenes.model.units[0]
    scenes.browsed.choose_unit(first)
    found = answer(scenes, qtbot)
    assert scenes.fires.rarities is not None
    assert found.reading.rarity == pytest.approx(scenes.fires.rarities.shares.min(), abs=1e-6)


def test_another_picture_changes_the_order_too(
    scenes: UnitsView, qtbot: QtBot, path: Path, tmp_path: Path
) -> None:
    scenes.bar.fires.setChecked(True)
    assert "open one in the detail" in scenes.message.text
    scenes.detail.own.take(GivenPicture(path))
    scenes.bar.fires.setChecked(True)
    qtbot.waitUntil(lambda: scenes.fires.rarities is not None, timeout=60_000)
    before = scenes.fires.rarities.shares
    Image.fromarray(Storybook("scenes").paint(5, size=96).image).save(tmp_path / "other.png")
    assert drop(scenes, files(tmp_path / "other.png"))
    qtbot.waitUntil(lambda: scenes.fires.about == "other.png", timeout=60_000)
    qtbot.waitUntil(lambda: scenes.fires.rarities is not None, timeout=60_000)
    assert not np.array_equal(scenes.fires.rarities.shares, before)


def test_it_is_no_business_of_a_generator(tab: UnitsView, path: Path) -> None:
    tab.browsed.choose_unit(9)
    assert not tab.detail.own_picture.isVisible()
    drop(tab, files(path))
    QGuiApplication.clipboard().setImage(to_image(np.zeros((8, 8, 3), np.uint8)))
    QTest.keyClick(tab.grid, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert tab.detail.own.picture is None


def test_the_newest_question_wins(
    scenes: UnitsView, qtbot: QtBot, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    holding, gone = threading.Event(), threading.Event()
    read = OwnPicture.read

    def slowly(own: OwnPicture, layer: str, unit: int, size: int) -> object:
        seen.append(unit)
        holding.set()
        gone.wait(30)
        return read(own, layer, unit, size)

    monkeypatch.setattr(OwnPicture, "read", slowly)
    scenes.browsed.choose_unit(1)
    scenes.detail.own.take(GivenPicture(path))
    qtbot.waitUntil(holding.is_set, timeout=60_000)
    for unit in (2, 3, 4):
        scenes.browsed.choose_unit(unit)
    assert scenes.detail.own_picture.shown is None
    gone.set()
    found = answer(scenes, qtbot)
    dissection = scenes.browsed.dissection
    assert dissection is not None
    own = OwnPicture(SampleAgain(dissection), path)
    assert found.reading.peak == pytest.approx(float(own.peaks(LAYER)[4]), rel=1e-4, abs=1e-6)
    assert seen[0] == 1
    assert seen[-1] == 4
    assert not {2, 3} & set(seen)
    scenes.browsed.choose_unit(None)
    assert scenes.detail.own.picture is not None


def test_what_one_walks_through_goes_before_what_fills_the_page(
    scenes: UnitsView, qtbot: QtBot
) -> None:
    order: list[str] = []
    holding, go = threading.Event(), threading.Event()

    class Filling(SampleQuestion):
        def steps(self, sample: SampleAgain) -> Iterator[object]:
            for step in range(3):
                order.append(f"filling {step}")
                holding.set()
                go.wait(30)
                yield step

    class Walking(SampleQuestion):
        urgent: ClassVar[bool] = True

        def steps(self, sample: SampleAgain) -> Iterator[object]:
            for step in range(2):
                order.append(f"walking {step}")
                yield step

    dissection = scenes.browsed.dissection
    assert dissection is not None
    thread = SampleThread(scenes)
    thread.ask(Filling(dissection, None))
    qtbot.waitUntil(holding.is_set, timeout=30_000)
    thread.ask(Walking(dissection, None))
    go.set()
    qtbot.waitUntil(lambda: len(order) == 5, timeout=30_000)
    thread.close()
    assert order == ["filling 0", "walking 0", "walking 1", "filling 1", "filling 2"]


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"sample": {"kind": "standard latents"}}, "generator"),
        ({"sample": {"kind": "latents"}, "settings": {"images": None}}, "generator"),
        ({"sample": {"kind": "image folder"}}, "classifier"),
        ({"sample": {"kind": "pictures"}}, "classifier"),
        ({"sample": {}, "settings": {"labels": "storybook:scenes"}}, "classifier"),
        ({"format": "gandissect dissect.json", "settings": {"images": "x"}}, ""),
        ({}, ""),
    ],
)
def test_the_kind_of_a_network_is_told_by_its_sample(told: dict[str, object], kind: str) -> None:
    made = replace(make_dissection(), provenance=told)
    assert network_kind(made) == kind


@pytest.fixture
def segmented(tab: UnitsView, tmp_path: Path) -> UnitsView:
    """The tab on a small classifier that a segmenter dissected."""
    pictures, out = make_folder(tmp_path / "pictures"), tmp_path / "dissection"
    arguments = ["dissect", "--model", "support.small_classifiers:tiny_vgg"]
    arguments += ["--layers", "features.relu2", "--images", str(pictures), "--size", "8"]
    arguments += ["--crop", "32", "--relate-size", "0", "--threads", "1", "--out", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    tab.browsed.open(load_dissection(out), out)
    return tab


def test_what_the_segmenter_sees_in_it(segmented: UnitsView, qtbot: QtBot, path: Path) -> None:
    tab, section = segmented, segmented.detail.own_picture
    table = tab.browsed.table
    assert table is not None
    labeled = np.flatnonzero(table.layer.labels)
    tab.browsed.choose_unit(int(labeled[0]))
    tab.detail.own.take(GivenPicture(path))
    qtbot.waitUntil(lambda: bool(section.shown and section.shown.segmented), timeout=60_000)
    assert section.shown is not None
    assert section.shown.view.names
    own = OwnPicture(SampleAgain(table.dissection), path)
    expected = own.iou("features.relu2", int(labeled[0]))
    assert section.shown.iou == expected
    assert ("IoU with" in section.figures.text()) == (expected is not None)
    section.chips.choose("seen")
    assert section.picture.image is not None
    seen = section.picture.image.copy()
    section.chips.choose("plain")
    assert section.picture.image != seen
