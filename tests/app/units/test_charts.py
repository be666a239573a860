"""Charts say what the dissection says, and are written as pictures and tables."""

import csv
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from dissection.results.interpretable import count_categories
from ganpaint.units.charts.figures import concept_bars, layer_bars
from ganpaint.units.view import UnitsView
from support.synthetic import VOCABULARY

SKY = VOCABULARY[2]


def test_bars_count_the_units_of_each_concept(tab: UnitsView) -> None:
    table = tab.browsed.table
    assert table is not None
    bars = concept_bars(table)
    assert [(b.concept.name, b.units) for b in bars] == [
        ("person", 4),
        ("sky", 4),
        ("tree", 4),
        ("door", 4),
    ]
    for bar, name in zip(layer_bars(table.dissection), ("layer3", "layer4"), strict=True):
        counts = {c.category: c for c in count_categories(table.dissection[name])}
        assert bar.units == {c: counts[c].units for c in ("object", "part")}
        assert bar.concepts == {"object": 3, "part": 1}


def test_a_click_on_a_bar_shows_its_units(tab: UnitsView, qtbot: QtBot) -> None:
    from PySide6.QtCore import Qt

    tab.bar.charts.setChecked(True)
    assert tab.charts.isVisible()
    chart = tab.charts.concepts
    place = [bar.concept for bar in chart.bars].index(SKY)
    at = chart.bar_area(place).center().toPoint()
    qtbot.mouseClick(chart, Qt.MouseButton.LeftButton, pos=at)
    assert not tab.charts.isVisible()
    assert tab.model.units == [8, 9, 10, 11]


@pytest.mark.parametrize("chart", ["concepts", "layers"])
def test_charts_are_exported(tab: UnitsView, chart: str, tmp_path: Path) -> None:
    tab.bar.charts.setChecked(True)
    tab.charts.show_chart(chart)
    for ending in ("png", "svg", "csv"):
        tab.charts.export(tmp_path / f"c.{ending}")
    with Image.open(tmp_path / "c.png") as image:
        assert len(image.convert("RGB").getcolors(2**20)) > 5
    assert "<svg" in (tmp_path / "c.svg").read_text()
    rows = list(csv.DictReader((tmp_path / "c.csv").read_text().splitlines()))
    assert len(rows) == 4
    tab.charts.export(tmp_path / "c.gif")
    assert ".png, .svg or .csv" in tab.message.text


def test_a_map_that_was_not_measured_says_so(tab: UnitsView) -> None:
    tab.bar.charts.setChecked(True)
    tab.charts.show_chart("map")
    assert tab.charts.about.text().startswith("Not measured")


def test_the_grid_is_exported_with_all_its_pictures(
    tab: UnitsView, tmp_path: Path, qtbot: QtBot
) -> None:
    tab.bar.narrow(concept=SKY)
    tab.pictures.forget()
    tab.export(tmp_path / "g.png")
    assert not (tmp_path / "g.png").exists()
    assert "g.png is written when the pictures of 4 more units are there" in tab.message.text
    tab.message.button.click()  # Write it now
    bare = (tmp_path / "g.png").read_bytes()
    tab.export(tmp_path / "g.png")
    qtbot.waitUntil(lambda: (tmp_path / "g.png").read_bytes() != bare, timeout=30_000)
    qtbot.waitUntil(lambda: not tab.pictures.waiting, timeout=30_000)
    assert f"The units are in {tmp_path / 'g.png'}" in tab.message.text
    for ending in ("svg", "csv"):
        tab.export(tmp_path / f"g.{ending}")
    with Image.open(tmp_path / "g.png") as image:
        assert image.width > 1000
    assert ">sky</text>" in (tmp_path / "g.svg").read_text().replace("\n", "")
    rows = list(csv.DictReader((tmp_path / "g.csv").read_text().splitlines()))
    assert [(r["unit"], r["label"]) for r in rows] == [
        ("8", "sky"), ("9", "sky"), ("10", "sky"), ("11", "sky")
    ]  # fmt: skip
