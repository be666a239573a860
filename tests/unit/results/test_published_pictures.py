"""Pictures that lie beside the result files of the two public programs."""

from pathlib import Path

from dissection.results.dissection import Dissection
from dissection.results.readers.pictures import published_strip
from support.synthetic import make_dissection


def told(kind: str) -> Dissection:
    made = make_dissection()
    return Dissection(made.model, made.vocabulary, made.measured, {"format": kind})


def picture(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"picture")
    return path


def test_strips_of_a_report_lie_beside_it(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("{}")
    there = picture(tmp_path / "image" / "unit7.jpg")
    for path in (tmp_path, tmp_path / "report.json"):
        assert published_strip(told("report.json"), path, "conv5_3", 7) == there
        assert published_strip(told("report.json"), path, "conv5_3", 8) is None


def test_strips_of_gandissect_lie_in_the_folder_of_the_layer(tmp_path: Path) -> None:
    there = picture(tmp_path / "layer4.conv" / "image" / "3-top.jpg")
    made = told("gandissect dissect.json")
    assert published_strip(made, tmp_path, "layer4.conv", 3) == there
    assert published_strip(made, tmp_path / "layer4.conv", "layer4.conv", 3) == there
    # The writer leaves such letters out: no name leads out of the folder.
    assert published_strip(made, tmp_path / "none", "../layer4.conv", 3) is None


def test_ours_has_none(tmp_path: Path) -> None:
    picture(tmp_path / "image" / "unit7.jpg")
    assert published_strip(make_dissection(), tmp_path, "layer4", 7) is None
