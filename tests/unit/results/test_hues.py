import itertools
import re
from pathlib import Path

import pytest

import dissection
import ganpaint
from dissection.report import page
from dissection.report.figures import COLORS
from dissection.results import colors
from dissection.results.colors import (
    CATEGORY_COLORS,
    GRAY,
    READ,
    SEEN,
    against,
    category_color,
    contrast,
)
from dissection.vocabulary import CATEGORIES

HUES = {hue: name for name, hue in vars(colors).items() if re.fullmatch(r"#\w{6}", str(hue))}


def test_every_category_has_a_color_of_its_own() -> None:
    assert set(CATEGORY_COLORS) == set(CATEGORIES)
    assert len({category_color(category) for category in CATEGORIES}) == len(CATEGORIES)
    assert category_color("mine") == category_color("-") == GRAY
    assert set(CATEGORY_COLORS.values()) < set(COLORS)


def test_there_is_one_table_of_hues() -> None:
    assert len(HUES) == 8
    hues = [hue for hue in HUES if hue not in ("#000000", "#ffffff")]
    for package in (dissection, ganpaint):
        for path in Path(str(package.__file__)).parent.rglob("*.*"):
            if path.suffix in (".py", ".css", ".js", ".html") and path != Path(colors.__file__):
                text = path.read_text(encoding="utf-8").casefold()
                assert not [hue for hue in hues if hue in text], path


def test_a_color_moves_no_further_than_it_must() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == 1
    for hue, ground in itertools.product(HUES, ("#ffffff", "#1a1c20", "#808080", "#393f48")):
        for least in (SEEN, READ):
            found = against(hue, ground, least)
            assert contrast(found, ground) >= least
            if contrast(hue, ground) >= least:
                assert found == hue
            else:
                assert contrast(found, ground) < least + 0.2
    assert against("#ffffff", "#808080", 21) == "#000000"  # as far as there is


@pytest.mark.parametrize("place", [0, 1], ids=["light", "dark"])
def test_the_page_shows_every_category_on_its_ground(place: int) -> None:
    style = (Path(page.__file__).parent / "page.css").read_text(encoding="utf-8")
    grounds = [re.findall(rf"--{name}: (#\w+);", style)[place] for name in ("track", "panel")]
    roots = re.findall(r":root \{([^}]*)\}", page.color_rules())
    found = dict(re.findall(r"--(\w+): (#\w+);", roots[place]))
    assert set(found) == {*CATEGORIES, "other"}
    assert len(set(found.values())) == len(found)
    for color in found.values():
        assert min(contrast(color, ground) for ground in grounds) >= SEEN
