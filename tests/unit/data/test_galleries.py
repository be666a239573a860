from pathlib import Path

import numpy as np
import pytest

from dissection.data.galleries import (
    Exhibit,
    Gallery,
    SceneStatistics,
    choose,
    exhibits,
    gallery_files,
    load_gallery,
    richest,
    save_gallery,
)
from dissection.data.latents import LAST_ROW
from dissection.errors import BadInputError
from dissection.models.bundled import bundled_generators
from dissection.runtime import resources
from dissection.runtime.files import file_digest


def seen(areas: list[list[float]], confidence: list[float]) -> SceneStatistics:
    count = len(areas)
    return SceneStatistics(
        range(100, 100 + count), np.array(areas), np.array(confidence), [1, 2, 3]
    )


def test_the_doubtful_and_the_empty_are_left_out() -> None:
    rich, poor = [0.0, 0.4, 0.3, 0.2], [0.0, 0.9, 0.0, 0.0]
    areas = [rich, poor] * 12
    confidence = [0.2, 0.99] * 12
    for place in (4, 10):
        confidence[place] = 0.9
    assert sorted(choose(seen(areas, confidence), 2)) == [4, 10]


def test_every_next_scene_differs_most_from_those_before() -> None:
    kinds = np.array([[0, 0.6, 0.2, 0.2], [0, 0.2, 0.6, 0.2], [0, 0.2, 0.2, 0.6]])
    rng = np.random.default_rng(3)
    areas = [kinds[i % 3] + rng.uniform(0, 0.02, 4) for i in range(300)]
    confidence = list(rng.uniform(0.8, 0.9, 300))
    confidence[7] = 0.95
    chosen = choose(seen(areas, confidence), 3)
    assert chosen[0] == 7  # the clearest one first
    assert {place % 3 for place in chosen} == {0, 1, 2}
    assert choose(seen(areas, confidence), 10)[:3] == chosen  # every beginning is a choice


def test_few_rich_scenes_are_filled_up_with_the_clearest_others() -> None:
    areas = [[0.0, 0.4, 0.3, 0.2]] * 3 + [[0.0, 0.5, 0.4, 0.0]] * 2
    chosen = choose(seen(areas, [0.5, 0.5, 0.5, 0.6, 0.9]), 5)
    assert sorted(chosen) == [0, 1, 2, 3, 4]
    assert len(choose(seen(areas, [0.5, 0.5, 0.5, 0.6, 0.9]), 4)) == 4
    assert 4 in choose(seen(areas, [0.5, 0.5, 0.5, 0.6, 0.9]), 4)
    with pytest.raises(BadInputError, match="cannot be chosen from 5"):
        choose(seen(areas, [0.5] * 5), 6)


def test_what_is_seen_is_told_largest_first(tmp_path: Path) -> None:
    told = exhibits(seen([[0.0, 0.2, 0.5, 0.001]], [0.91234567]), [0], ["-", "tree", "sky", "dome"])
    assert told == (Exhibit(100, 0.9123, ("sky", "tree")),)
    gallery = Gallery("tiny", "ab" * 32, told, {"command": "x"})
    save_gallery(tmp_path / "g.json", gallery)
    assert load_gallery(tmp_path / "g.json", "ab" * 32) == gallery
    with pytest.raises(BadInputError, match="another generator"):
        load_gallery(tmp_path / "g.json", "cd" * 32)


def test_scenes_that_show_most_of_a_concept_are_found(tmp_path: Path) -> None:
    areas = [[0.0, 0.2, 0.5, 0.001], [0.0, 0.4, 0.005, 0.0], [0.0, 0.2, 0.1, 0.0]]
    found = richest(seen(areas, [0.9] * 3), ["-", "tree", "sky", "dome"], 2)
    assert found == {"tree": (101, 100), "sky": (100, 102)}  # the first of equals first; no dome
    gallery = Gallery("tiny", "ab" * 32, (Exhibit(100, 0.9),), {}, found)
    save_gallery(tmp_path / "g.json", gallery)
    assert load_gallery(tmp_path / "g.json") == gallery
    text = (tmp_path / "g.json").read_text().replace("102", "100")
    (tmp_path / "g.json").write_text(text)
    with pytest.raises(BadInputError, match="names a seed twice"):
        load_gallery(tmp_path / "g.json")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "damaged"),
        ("[]", "damaged"),
        ('{"schema": 7}', "schema 7"),
        ('{"schema": 1, "model": "", "network": "", "provenance": {}, "scenes": [3]}', "damaged"),
        (
            '{"schema": 1, "model": "", "network": "", "provenance": {}, "scenes": '
            '[{"seed": -1, "confidence": 1, "objects": []}]}',
            "names a seed twice, or one that is none",
        ),
    ],
)
def test_a_damaged_gallery_says_what_to_do(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "g.json").write_text(text)
    with pytest.raises(BadInputError, match=sentence):
        load_gallery(tmp_path / "g.json")
    with pytest.raises(BadInputError, match="cannot be read: no such file"):
        load_gallery(tmp_path / "gone.json")


def test_every_gallery_that_ships_is_of_the_generator_that_ships() -> None:
    folder = resources.resources_folder()
    galleries = sorted((folder / "galleries").glob("*.json"))
    dissected = [m for m in bundled_generators() if (folder / "dissections" / m).is_dir()]
    assert sorted(path.stem for path in galleries) == sorted(dissected)
    for path in galleries:
        model = resources.resource(f"models/{path.stem}.safetensors")
        assert gallery_files(path.stem) == [path]
        gallery = load_gallery(path, file_digest(model))  # made anew with the generator
        assert gallery.model == path.stem
        assert len(gallery.seeds) == 24
        assert all(1 <= len(seeds) <= 24 for seeds in gallery.richest.values())
        assert {"tree", "door", "dome", "snow"} <= gallery.richest.keys()
        assert all(0 <= seed <= LAST_ROW for seed in gallery.seeds)
        assert all(0.5 < exhibit.confidence <= 1 for exhibit in gallery.exhibits)
        assert all(len(exhibit.objects) >= 2 for exhibit in gallery.exhibits)
        shown = {name for exhibit in gallery.exhibits for name in exhibit.objects}
        assert len(shown) > max(len(exhibit.objects) for exhibit in gallery.exhibits) - 1
