from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.commands.notices import notices
from dissection.commands.summary import count_lines
from dissection.errors import StoreError
from dissection.results.layer_dissection import LayerDissection
from dissection.results.store import save_dissection
from support.synthetic import make_dissection


def covering(activated: int, area: int) -> LayerDissection:
    """A layer whose units are above their level on so many of 2000 pixels; tree has the area."""
    part = make_dissection()["layer3"]
    tally = part.counts
    halves = np.array([activated // 2, activated - activated // 2])
    active = np.broadcast_to(halves[:, None, None], tally.activated.shape)
    areas = tally.area.copy()
    areas[:, 1] = area // 2, area - area // 2
    return replace(part, tally=replace(tally, activated=active, area=areas))


@pytest.mark.parametrize(
    ("activated", "area", "ceiling"),
    [(20, 734, 20 / 734), (20, 5, 0.25), (20, 20, 1.0), (0, 50, 0.0), (20, 0, 0.0), (0, 0, 0.0)],
)
def test_no_unit_matches_better_than_the_areas_allow(
    activated: int, area: int, ceiling: float
) -> None:
    part = covering(activated, area)
    assert part.ceiling()[1].tolist() == pytest.approx([ceiling] * 32)
    assert not part.ceiling()[0].any()  # nothing is no concept
    # A unit that is as much within the concept as it can be, or around it, has just that.
    most = np.zeros_like(part.counts.intersection)
    most[0, 1] = min(activated, area)
    best = replace(part, tally=replace(part.counts, intersection=most))
    assert best.iou[1].tolist() == pytest.approx([ceiling] * 32)


def test_what_only_tells_iou_has_no_ceiling() -> None:
    part = make_dissection()["layer3"]
    with pytest.raises(StoreError, match="not in the file"):
        replace(part, tally=None, known_iou=part.iou).ceiling()


def test_concepts_are_listed_with_what_is_possible(tmp_path: Path) -> None:
    save_dissection(make_dissection(), tmp_path)
    result = CliRunner().invoke(app, ["summary", str(tmp_path), "--concepts"])
    assert result.exit_code == 0, result.output
    head, *rows = result.output.splitlines()
    assert head.split()[:6] == ["concept", "category", "area", "at", "most", "reached"]
    assert [row.split()[0] for row in rows] == ["tree", "sky", "door", "person"]  # boat is nowhere
    # 16 of 20 active pixels lie in 40 of the concept: 16/44, where 20/40 was possible.
    assert rows[0].split()[2:] == [
        "2.00%", "0.500", "73%", "layer3", "4", "(0.364),", "layer4", "4", "(0.250)",
    ]  # fmt: skip


def test_a_sample_that_is_too_small_says_so() -> None:
    dissection = make_dissection()
    assert not any("too few" in line for line in count_lines(dissection))
    part = dissection["layer3"]
    assert part.tally is not None
    intersection = part.tally.intersection.copy()
    intersection[1] = 0  # on the second half no unit matches anything
    small = replace(part, tally=replace(part.tally, intersection=intersection))
    lines = list(count_lines(replace(dissection, measured={"layer3": small})))
    units, confirmed = (int(n) for n in lines[-2].split()[2:4])
    assert units >= 10
    assert 2 * confirmed < units
    assert lines[-1].startswith(f"layer3: of {units} units that match, {confirmed} do so")
    assert "100 inputs are too few" in lines[-1]


def test_what_is_to_be_known_stands_above_the_counts(tmp_path: Path) -> None:
    dissection = make_dissection()
    told = {
        "layers": {"layer3": {"uses": 3, "channels": "last", "same_as": ["relu"]}},
        "sample": {**dissection.provenance["sample"], "turned": 2, "not_looked_at": {".heic": 4}},
        "notices": ["No picture goes below 0"],
    }
    provenance = {**dissection.provenance, **told}
    save_dissection(replace(dissection, provenance=provenance), tmp_path)
    lines = CliRunner().invoke(app, ["summary", str(tmp_path)]).output.splitlines()
    assert lines[:5] == [
        "layer3 runs 3 times in a pass; its last use is measured. It is the same module as relu.",
        "layer3 gives maps (N, h, w, C), its units last, and is read so.",
        "2 pictures were turned as their EXIF data say",
        "4 files of other kinds (.heic) were not looked at",
        "No picture goes below 0",
    ]
    for broken in ({"layers": 3}, {"layers": {"a": {}}}, {"sample": {"turned": 1, "skipped": {}}}):
        assert list(notices(broken)) == []


@pytest.mark.parametrize("more", [[], ["--layer", "layer3"], ["--concepts"]])
def test_an_iou_that_is_none_is_refused_before_a_table_begins(
    more: list[str], tmp_path: Path
) -> None:
    save_dissection(make_dissection(), tmp_path)
    ran = CliRunner().invoke(app, ["summary", str(tmp_path), "--iou", "nan", *more])
    assert "not nan" in str(ran.exception)
    assert not ran.stdout
