"""The page as a reader and a parser find it; its script is read, not run."""

import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from dissection.errors import BadInputError
from dissection.report.chart import concept_chart, layer_chart
from dissection.report.page import make_page, write_page
from dissection.results.colors import category_color
from dissection.results.dissection import Dissection
from dissection.results.matching import bars_of
from dissection.results.sheets import Sheets
from dissection.vocabulary import Concept, Vocabulary
from support.synthetic import make_dissection

SVG = "{http://www.w3.org/2000/svg}"


class Reader(HTMLParser):
    """Collects what a page is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self.open_elements: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open_elements.append(dict(attrs).get("id") or tag)

    def handle_endtag(self, tag: str) -> None:
        self.open_elements.pop()

    def handle_data(self, data: str) -> None:
        if self.open_elements:
            self.texts[self.open_elements[-1]] = self.texts.get(self.open_elements[-1], "") + data


def read(page: str) -> Reader:
    reader = Reader()
    # Elements without an end.
    reader.feed(re.sub(r"<(meta|input)([^>]*)>", r"<\1\2></\1>", page))
    assert not reader.open_elements, "every element is closed"
    return reader


def pictured() -> Dissection:
    """Layer3 with 130 units and pictures of them, in three sheets."""
    plain = make_dissection(shapes={"layer3": (130, 8, 8), "layer4": (32, 8, 8)})
    shades = np.arange(130, dtype=np.uint8)[:, None, None, None, None]
    sheets = Sheets.of(np.broadcast_to(shades, (130, 5, 16, 16, 3)))
    part = replace(plain["layer3"], pictures=sheets)
    return replace(plain, measured={**plain.measured, "layer3": part})


def test_the_page_tells_every_unit() -> None:
    measured = pictured()
    reader = read(make_page(measured))
    layers = json.loads(reader.texts["data"])
    assert [(layer["name"], layer["units"]) for layer in layers] == [
        ("layer3", 130),
        ("layer4", 32),
    ]
    layer = layers[0]
    part = measured["layer3"]
    labels = [layer["concepts"][place] for place in layer["label"]]
    assert labels == [[c.name, c.category] for c in (part.vocabulary[int(i)] for i in part.labels)]
    np.testing.assert_allclose(layer["iou"], part.label_iou, rtol=1e-3)
    np.testing.assert_allclose(layer["held"], part.held_out().iou, rtol=1e-3)
    np.testing.assert_allclose(layer["level"], part.activation_threshold, rtol=1e-3)
    assert layer["matches"] == (part.label_iou > 0.04).astype(int).tolist()
    assert "classes" not in layer


def test_each_sheet_stands_in_the_page_once_and_whole() -> None:
    measured = pictured()
    found = re.findall(r"\.s(\d+)-(\d+)\{[^}]*base64,([^)]*)\)", make_page(measured))
    assert [(place, number) for place, number, _ in found] == [("0", "0"), ("0", "1"), ("0", "2")]
    sheets = measured["layer3"].pictures
    assert sheets is not None
    assert tuple(base64.b64decode(data) for *_, data in found) == sheets.encoded
    layers = json.loads(read(make_page(measured)).texts["data"])
    assert [(layer["images"], layer["perSheet"]) for layer in layers] == [(5, 64), (0, 64)]


def test_nothing_is_fetched() -> None:
    page = make_page(pictured())
    reader = read(page)
    for tag, attributes in reader.tags:
        for name in ("src", "href", "action", "srcset", "data"):
            assert (attributes.get(name) or "#").startswith("#"), (tag, attributes)
        assert tag not in ("link", "iframe", "img", "object", "base")
    for address in re.findall(r"url\(([^)]{0,30})", page):
        assert address.startswith("data:image/webp;base64")
    assert set(re.findall(r"https?://[\w./]+", page)) == {"http://www.w3.org/2000/svg"}
    assert "fetch(" not in page
    assert "XMLHttpRequest" not in page
    policy = next(a["content"] for t, a in reader.tags if t == "meta" and "http-equiv" in a)
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_the_script_finds_every_element_that_it_asks_for() -> None:
    page = make_page(pictured())
    here = {attributes["id"] for _, attributes in read(page).tags if "id" in attributes}
    asked = set(re.findall(r'\bat\("([\w-]+)"\)', page)) - {"more"}  # which it makes itself
    assert len(asked) > 8
    assert asked <= here
    assert "prefers-color-scheme: dark" in page


def test_names_are_text_and_never_markup() -> None:
    evil = '</script><script>alert("1")</script>&'
    vocabulary = Vocabulary([Concept(evil, evil), *(Concept(f"c{n}", "object") for n in range(4))])
    measured = make_dissection(model=evil, vocabulary=vocabulary, shapes={evil: (32, 8, 8)})
    measured = replace(measured, provenance={**measured.provenance, "command": evil})
    page = make_page(measured)
    reader = read(page)
    assert "<script>alert" not in page
    assert json.loads(reader.texts["data"])[0]["name"] == evil
    assert sum(tag == "script" for tag, _ in reader.tags) == 2
    assert reader.texts["h1"] == evil


def test_a_classifiers_classes_are_told() -> None:
    plain = make_dissection()
    table = np.zeros((1, 32), np.float32)
    table[0, 7] = -0.2
    part = replace(plain["layer3"], class_ablation=table)
    page = make_page(replace(plain, measured={"layer3": part}, classes=("ski resort",)))
    (layer,) = json.loads(read(page).texts["data"])
    assert layer["classes"][7] == ["ski resort"]
    assert sum(map(len, layer["classes"])) == 1


def test_bars_are_as_high_as_units_match_by_category() -> None:
    part = make_dissection()["layer3"]
    names = [(concept.name, count) for concept, count in bars_of(part)]
    assert names == [("tree", 4), ("sky", 4), ("person", 4), ("door", 4)]
    fewer = [(concept.name, count) for concept, count in bars_of(part, 0.25)]
    assert fewer == [("tree", 2), ("sky", 2), ("person", 2), ("door", 2)]
    chart = ET.fromstring(concept_chart(part))
    heads = [e.text for e in chart.iter(f"{SVG}text") if e.get("font-weight")]
    assert heads == ["3 objects", "1 part"]
    bars = [r for r in chart.iter(f"{SVG}rect") if r.get("rx") == "2"]
    assert [r.get("fill") for r in bars] == [category_color("object")] * 3 + [
        category_color("part")
    ]
    assert len({r.get("height") for r in bars}) == 1
    assert float(chart.get("width", 0)) >= max(float(r.get("x", 0)) + 16 for r in bars)
    assert not list(chart.iter(f"{SVG}a"))


def test_bars_and_layers_lead_to_their_units() -> None:
    measured = make_dissection()
    chart = ET.fromstring(concept_chart(measured["layer3"], link=lambda c: f"#{c}"))
    links = [a.get("href") for a in chart.iter(f"{SVG}a")]
    assert links == ["#tree", "#sky", "#person", "#door"]
    chart = ET.fromstring(layer_chart(list(measured.values()), link=lambda n: f"#{n}"))
    assert [a.get("href") for a in chart.iter(f"{SVG}a")] == ["#layer3", "#layer4"]
    sums = [t.text for t in chart.iter(f"{SVG}text") if t.get("text-anchor") == "middle"]
    assert sums == ["4", "4"]


def test_a_layer_that_matches_nothing_says_so() -> None:
    part = make_dissection()["layer3"]
    assert "No unit matches a concept." in concept_chart(part, 0.99)
    ET.fromstring(layer_chart([part], 0.99))


def test_a_page_is_an_html_file(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"\.html"):
        write_page(make_dissection(), tmp_path / "page.pdf")
    with pytest.raises(BadInputError, match="from 0 to below 1"):
        write_page(make_dissection(), tmp_path / "page.html", min_iou=1)
    assert not list(tmp_path.iterdir())
