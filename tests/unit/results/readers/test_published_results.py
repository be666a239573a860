"""Results of the two public programs, written by hand after what their writers write."""

import copy
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dissection.errors import StoreError
from dissection.report.page import make_page
from dissection.report.tables import write_tables
from dissection.results.brushes import find_brush
from dissection.results.interpretable import count_categories
from dissection.results.rows import unit_rows
from dissection.results.store import load_dissection, save_dissection
from dissection.vocabulary import Concept

REPORT: dict[str, Any] = {
    "header": {"name": "vgg16 places netpqc", "image": "concepts_99.svg"},
    "units": [
        {"image": "image/unit0.jpg", "unit": 0, "iou": 0.0713, "label": "tree", "cat": "object"},
        {"image": "image/unit1.jpg", "unit": 1, "iou": "NaN", "label": "-", "cat": "object"},
        {"image": "image/unit2.jpg", "unit": 2, "iou": 0.0009, "label": "-", "cat": "-"},
        {
            "image": "image/unit3.jpg",
            "unit": 3,
            "iou": 0.05,
            "label": "sky",
            "cat": ["sky", "object"],
        },
        {"image": "image/unit4.jpg", "unit": 4, "iou": 0.04, "label": "tree", "cat": "object"},
        {"image": "image/unit5.jpg", "unit": 5, "iou": 0.2, "label": "glass", "cat": "material"},
        {"image": "image/unit6.jpg", "unit": 6, "iou": 0.1, "label": "glass", "cat": "object"},
    ],
}
UNITS: list[dict[str, Any]] = [
    {
        "unit": 0,
        "interp": False,
        "level": 1.25,
        "iou": 0.02,
        "iou_iqr": 0.004,
        "lc": 100,
        "cc": 104,
        "ic": 4,
        "iou_label": "sky",
        "iou_cat": "object",
        "iou_labelnum": 2,
        "top": [{"imgnum": 31, "maxact": 4.5}, {"imgnum": 7, "maxact": 4.0}],
    },
    {
        "unit": 1,
        "interp": True,
        "level": 2.5,
        "iou": 0.25,
        "iou_iqr": 0.06,
        "lc": 100,
        "cc": 100,
        "ic": 40,
        "iou_label": "tree-t",
        "iou_cat": "part",
        "iou_labelnum": 700,
        "top": [{"imgnum": 8, "maxact": 9.0}],
    },
]
GANDISSECT: dict[str, Any] = {
    "netname": "my gan",
    "meta": {},
    "default_ranking": "label",
    "quantile_threshold": "iqr",
    "iou_threshold": 0.05,
    "iqr_threshold": 0.01,
    "segcolors": {"0,0,0": "-", "255,255,0": "wall"},
    "settings": {"model": "m", "pthfile": None, "layers": [["layer4", "layer4"]], "gen": True},
    "layers": [
        {
            "layer": "layer4",
            "dirname": "layer4",
            "iou_threshold": [0.05],
            "units": UNITS,
            "rankings": [
                {"name": "unit", "score": [0, 1]},
                {"name": "label", "score": [1, 0]},
                {"name": "max iou", "metric": "iou", "score": [-0.02, -0.25]},
                {"name": "sky-iou", "concept": "sky", "metric": "iou", "score": [-0.02, -0.0]},
                {"name": "tree-iou", "concept": "tree", "metric": "iou", "score": [-0.01, -0.125]},
                {"name": "tree-ace", "concept": "tree", "metric": "ace", "score": [-3.0, -2.0]},
            ],
            "labels": [{"label": "tree-t", "labelnum": 700, "units": [1], "cat": "part"}],
            "interpretable": 1,
            "bargraph": "bargraph.svg",
        }
    ],
}


def write(folder: Path, name: str, content: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content))
    return folder


def test_a_report_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    folder = write(tmp_path / "vgg16-places-netpqc-conv5_3-10", "report.json", REPORT)
    measured = load_dissection(folder)
    assert (measured.model, measured.layers) == ("vgg16 places netpqc", ("conv5_3",))
    assert measured.provenance["levels"] == {"quantile": 0.99}
    layer = measured["conv5_3"]
    assert layer.shape == (7, 0, 0)
    names = [str(layer.vocabulary[int(label)]) for label in layer.labels]
    assert names == ["tree", "-", "-", "sky", "tree", "glass", "glass"]
    assert layer.vocabulary[int(layer.labels[5])] == Concept("glass", "material")
    assert layer.label_iou.tolist() == pytest.approx([0.0713, 0, 0, 0.05, 0.04, 0.2, 0.1])
    tree = measured.vocabulary.id(Concept("tree", "object"))
    assert np.isnan(layer.iou[tree]).tolist() == [False, True, True, True, False, True, True]
    counts = {
        row.category: (row.units, row.concepts, row.confirmed) for row in count_categories(layer)
    }
    assert counts["object"] == (3, 3, None)  # 0.04 is not above 0.04
    assert counts["material"] == (1, 1, None)


def test_what_a_report_does_not_tell_is_absent(tmp_path: Path) -> None:
    measured = load_dissection(write(tmp_path, "report.json", REPORT) / "report.json")
    layer = measured["unnamed"]
    assert (layer.tally, layer.effect, layer.detectors, layer.pictures) == (None, None, None, None)
    assert layer.exemplars.shape == (7, 0)
    assert "levels" not in measured.provenance
    for ask in (
        lambda: layer.activation_threshold,
        layer.held_out,
        layer.area_share,
        measured.brushes,
    ):
        with pytest.raises(StoreError, match="not in the file that this was read from"):
            ask()
    with pytest.raises(StoreError, match="does not tell which network"):
        load_dissection(tmp_path, "ab" * 32)
    with pytest.raises(StoreError, match="only measured ones are stored"):
        save_dissection(measured, tmp_path / "copy")


def test_a_report_without_categories_is_read(tmp_path: Path) -> None:
    content = copy.deepcopy(REPORT)
    for unit in content["units"]:
        del unit["cat"]
    measured = load_dissection(write(tmp_path, "report.json", content))
    layer = measured["unnamed"]
    names = [str(layer.vocabulary[int(label)]) for label in layer.labels]
    assert names == ["tree", "-", "-", "sky", "tree", "glass", "glass"]
    assert layer.vocabulary[int(layer.labels[0])] == Concept("tree", "-")
    counts = {row.category: (row.units, row.concepts) for row in count_categories(layer)}
    assert counts == {"-": (4, 3), "all": (4, 3)}
    page = make_page(measured)
    assert ">3 concepts<" in page
    assert re.search(r'data-category="-"[^>]*><i [^>]*></i>other</button>', page)


ABLATION = {
    "airfield": [{"unit": 5, "val_acc": -0.0312}, {"unit": 0, "val_acc": -0.0061}],
    "barn": [],
    "ski_resort": [
        {"unit": unit, "val_acc": change}
        for unit, change in zip((5, 6, 1, 3, 4), (-0.09, -0.08, -0.07, -0.06, -0.05), strict=True)
    ],
}


def test_the_classes_that_need_units_are_read_beside_a_report(tmp_path: Path) -> None:
    folder = write(tmp_path / "vgg16-places-netpqc-conv5_3-10", "report.json", REPORT)
    measured = load_dissection(write(folder, "ttv_unit_ablation.json", ABLATION))
    assert measured.classes == ("airfield", "barn", "ski_resort")
    table = measured["conv5_3"].class_ablation
    assert table is not None
    expected = np.full((3, 7), np.nan)
    expected[0, [5, 0]] = -0.0312, -0.0061
    expected[2, [5, 6, 1, 3, 4]] = -0.09, -0.08, -0.07, -0.06, -0.05
    np.testing.assert_allclose(table, expected, rtol=1e-6)
    # Of a class the four units that it needs most; what is not told is needed by none.
    told = [row.classes for row in unit_rows(measured, "conv5_3")]
    ski, air = "ski_resort", "airfield"
    assert told == [(air,), (ski,), (), (ski,), (), (ski, air), (ski,)]
    data = re.search(r'<script id="data"[^>]*>(.*?)</script>', make_page(measured), re.S)
    assert data is not None
    (layer,) = json.loads(data[1])
    assert layer["classes"] == [list(names) for names in told]
    units, _ = write_tables(measured, tmp_path / "t.csv")
    assert units.read_text().splitlines()[6].endswith(",ski_resort; airfield")
    assert load_dissection(folder / "report.json").classes == measured.classes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([], "no classes"),
        ({}, "no classes"),
        ({"barn": 3}, "'barn' of the file is no list"),
        ({"barn": [7]}, "entry 0 of barn is no record"),
        ({"barn": [{"val_acc": -0.1}]}, "has no 'unit'"),
        ({"barn": [{"unit": 1}]}, "has no 'val_acc'"),
        ({"barn": [{"unit": 7, "val_acc": -0.1}]}, "is of unit 7, and unnamed has 7"),
        ({"barn": [{"unit": True, "val_acc": -0.1}]}, "is of unit True"),
        ({"barn": [{"unit": 1, "val_acc": -10}]}, "accuracy is from 0 to 1"),
        ({"barn": [{"unit": 1, "val_acc": -0.1}] * 2}, "barn has unit 1 twice"),
    ],
)
def test_a_bad_ablation_is_told_in_a_sentence(
    tmp_path: Path, content: object, message: str
) -> None:
    write(tmp_path, "report.json", REPORT)
    write(tmp_path, "ttv_unit_ablation.json", content)
    with pytest.raises(StoreError, match=message) as caught:
        load_dissection(tmp_path)
    assert str(tmp_path / "ttv_unit_ablation.json") in str(caught.value)


@pytest.mark.parametrize(
    ("folder", "layer", "quantile"),
    [
        ("vgg16-places-netpqc-conv5_3-t224", "conv5_3", 0.995),
        ("vgg16-places-netpqc-10", "unnamed", 0.99),
        ("vgg16-places-netpqc-7-10-t200", "7", 0.99),
        ("vgg16-places-netpqc", "unnamed", None),
        ("downloads", "unnamed", None),
    ],
)
def test_the_folder_tells_layer_and_quantile(
    tmp_path: Path, folder: str, layer: str, quantile: float | None
) -> None:
    measured = load_dissection(write(tmp_path / folder, "report.json", REPORT))
    assert measured.layers == (layer,)
    assert measured.provenance.get("levels", {}).get("quantile") == quantile


def test_gandissect_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    measured = load_dissection(write(tmp_path, "dissect.json", GANDISSECT))
    layer = measured["layer4"]
    assert measured.model == "my gan"
    # By the segmenter's numbers; the whole tree is ranked and nobody's best.
    known = [Concept("sky", "object"), Concept("tree-t", "part"), Concept("tree", "object")]
    assert list(measured.vocabulary)[1:] == known
    assert layer.threshold_names == ("iqr",)
    assert layer.activation_threshold.tolist() == [1.25, 2.5]
    assert layer.exemplars.tolist() == [[31], [8]]  # as many as every unit has
    assert layer.peaks.tolist() == [[4.5], [9.0]]
    expected = [[0, 0], [0.02, 0], [np.nan, 0.25], [0.01, 0.125]]
    np.testing.assert_allclose(layer.iou, expected)
    assert layer.labels.tolist() == [1, 2]
    brushes = {str(brush.concept): brush for brush in measured.brushes()}
    assert brushes["tree"].brush.layers["layer4"].units == (1, 0)
    assert brushes["tree-t"].brush.layers["layer4"].units == (1,)
    assert layer.tally is None


@pytest.mark.parametrize("name", ["spruce " * 800, "spruce\nand fir", "spruce\u202e"])
def test_names_that_are_shortened_are_the_same_in_labels_and_rankings(
    tmp_path: Path, name: str
) -> None:
    content = copy.deepcopy(GANDISSECT)
    content["layers"][0]["rankings"][4] |= {"name": f"{name}-iou", "concept": name}
    measured = load_dissection(write(tmp_path, "dissect.json", content))
    whole = measured.vocabulary.find(name)
    np.testing.assert_allclose(measured["layer4"].iou[measured.vocabulary.id(whole)], [0.01, 0.125])
    for asked in (name, f"{whole.category}:{name}"):
        assert find_brush(measured.brushes(), asked).concept == whole


def test_a_brush_comes_from_the_layer_that_is_known_to_match_best(tmp_path: Path) -> None:
    content = copy.deepcopy(GANDISSECT)
    other = copy.deepcopy(content["layers"][0])
    other["layer"] = "layer2"
    for unit in other["units"]:  # here nothing is told of the top of a tree
        unit |= {"iou": 0.01, "iou_label": "sky", "iou_cat": "object", "iou_labelnum": 2}
    content["layers"].insert(0, other)
    measured = load_dissection(write(tmp_path, "dissect.json", content))
    assert measured.layers == ("layer2", "layer4")
    brushes = {str(brush.concept): brush.layer for brush in measured.brushes()}
    assert brushes["tree-t"] == "layer4"


def test_levels_of_a_quantile_are_of_raw_maps(tmp_path: Path) -> None:
    content = {**GANDISSECT, "quantile_threshold": 0.01}
    assert load_dissection(write(tmp_path, "dissect.json", content)).threshold_names == (
        "raw-0.99",
    )


def test_without_labels_there_are_levels_and_no_concepts(tmp_path: Path) -> None:
    content = copy.deepcopy(GANDISSECT)
    keep = ("unit", "interp", "level", "top")
    layer = content["layers"][0]
    layer["units"] = [{key: unit[key] for key in keep} for unit in UNITS]
    layer["rankings"] = layer["rankings"][:1]
    measured = load_dissection(write(tmp_path, "dissect.json", content))
    assert len(measured.vocabulary) == 1
    assert measured["layer4"].labels.tolist() == [0, 0]


def test_a_dissection_of_ours_comes_first(tmp_path: Path, synthetic_dissection: Any) -> None:
    save_dissection(synthetic_dissection, tmp_path)
    write(tmp_path, "report.json", REPORT)
    assert load_dissection(tmp_path).model == "synthetic"
    assert load_dissection(tmp_path / "dissection.json").model == "synthetic"


def damaged(content: dict[str, Any], path: str, value: object) -> dict[str, Any]:
    """A copy in which the entry at "units.0.iou" has another value, or is gone (None)."""
    content = copy.deepcopy(content)
    *way, last = path.split(".")
    record: Any = content
    for key in way:
        record = record[int(key)] if isinstance(record, list) else record[key]
    if value is None:
        del record[last]
    else:
        record[int(last) if isinstance(record, list) else last] = value
    return content


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("header", None, "the file has no 'header'"),
        ("header.name", 3, "'name' of the header is no text"),
        ("units", [], "no units"),
        ("units", {"0": 1}, "'units' of the file is no list"),
        ("units.3", "sky", "unit 3 is no record"),
        ("units.3.unit", 4, "unit 3 calls itself unit 4"),
        ("units.0.iou", None, "unit 0 has no 'iou'"),
        ("units.0.iou", "high", "'iou' of unit 0 is no number"),
        ("units.0.iou", True, "'iou' of unit 0 is no number"),
        ("units.0.iou", 7.13, "an IoU is from 0 to 1"),
        ("units.0.iou", 10**400, "no number that fits"),
        ("units.0.cat", ["tree"], "'cat' of unit 0 is no category"),
        ("units.0.cat", 7, "'cat' of unit 0 is no category"),
    ],
)
def test_a_bad_report_is_told_in_a_sentence(
    tmp_path: Path, path: str, value: object, message: str
) -> None:
    write(tmp_path, "report.json", damaged(REPORT, path, value))
    with pytest.raises(StoreError, match=message) as caught:
        load_dissection(tmp_path)
    assert str(tmp_path / "report.json") in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("layers", [], "no layers"),
        ("layers.0.layer", None, "layer 0 has no 'layer'"),
        ("layers.0.units", [], "layer4 has no units"),
        ("layers.0.units.1.unit", 0, "unit 1 of layer4 calls itself unit 0"),
        ("layers.0.units.0.level", None, "unit 0 of layer4 has no 'level'"),
        ("layers.0.units.0.top", None, "unit 0 of layer4 has no 'top'"),
        ("layers.0.units.0.top.0.imgnum", -1, "'imgnum' of an image of unit 0"),
        ("layers.0.units.0.top.0.imgnum", "31", "'imgnum' of an image of unit 0"),
        ("layers.0.units.0.iou_cat", None, "has no 'iou_cat'"),
        ("layers.0.rankings.3.score", [1.0], "1 scores for 2 units"),
        ("layers.0.rankings.3.score.0", "x", "ranking sky-iou of layer4 is no number"),
        ("layers.0.rankings.3.score.0", 0.5, "an IoU is from 0 to 1"),
        ("layers.0.rankings.3", 5, "is no record"),
    ],
)
def test_a_bad_dissect_json_is_told_in_a_sentence(
    tmp_path: Path, path: str, value: object, message: str
) -> None:
    write(tmp_path, "dissect.json", damaged(GANDISSECT, path, value))
    with pytest.raises(StoreError, match=message):
        load_dissection(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, b"\xff\xfe\x00"])
def test_what_is_no_json_is_told(tmp_path: Path, text: str | bytes) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(StoreError, match="no JSON text"):
        load_dissection(path)


def test_other_json_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"neither a report\.json nor a dissect\.json"):
        load_dissection(write(tmp_path, "report.json", [1, 2]))


def test_a_table_of_netdissect_is_named_as_what_it_is(tmp_path: Path) -> None:
    table = tmp_path / "tally.csv"
    table.write_text("unit,category,label,score\n0,object,bed,0.05\n")
    for path in (table, tmp_path):
        with pytest.raises(StoreError, match=r"tally\.csv is a table of NetDissect, which is not"):
            load_dissection(path)
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n")
    with pytest.raises(StoreError, match="is a table and no dissection"):
        load_dissection(other)
