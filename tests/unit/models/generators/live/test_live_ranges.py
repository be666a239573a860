from pathlib import Path

import platformdirs
import pytest

from dissection.models.generators.checkpoints import load_generator
from dissection.models.generators.live.ranges import Ranges, keep_ranges, stored_ranges

RANGES = Ranges(
    "d1",
    32,
    {"layer5": (-1.5, 6.25), "layer6": (0.0, 2.0)},
    {"layer5": (1.0, 0.25, 2.5)},
    ("layer6",),
    0.5,
    7.0,
)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: tmp_path)
    return tmp_path


def test_what_was_measured_is_kept_by_digest() -> None:
    keep_ranges(RANGES)
    assert stored_ranges("mine", "d1") == RANGES
    assert stored_ranges("mine", "d2") is None


def test_a_generator_from_no_file_is_not_kept(folder: Path) -> None:
    keep_ranges(Ranges("", 32, {}, {}, (), 0, 0))
    assert not list(folder.iterdir())
    assert stored_ranges("", "") is None


@pytest.mark.parametrize(
    "change",
    [
        ('"version": 2', '"version": 3'),
        ("6.25", "NaN"),
        ("1.0 0.25", "1.0 -1"),
        ("1.0 0.25", "1.0 x"),
        ('"layer6"\n', '"layer9"\n'),
        ("{", ""),
        ('"digest": "d1"', '"digest": "d3"'),
    ],
)
def test_a_damaged_file_counts_as_none(folder: Path, change: tuple[str, str]) -> None:
    keep_ranges(RANGES)
    (path,) = folder.glob("ranges/*.json")
    text = path.read_text()
    assert change[0] in text
    path.write_text(text.replace(*change, 1))
    assert stored_ranges("mine", "d1") is None


def test_where_nothing_can_be_written_nothing_happens(folder: Path) -> None:
    (folder / "ranges").write_text("a file")
    keep_ranges(RANGES)
    assert stored_ranges("mine", "d1") is None


@pytest.mark.parametrize(
    "name", ["storybook-church-sharp", "storybook-church-256", "storybook-church"]
)
def test_ranges_of_bundled_generators_ship(name: str) -> None:
    generator = load_generator(name)
    found = stored_ranges(name, generator.digest)
    assert found is not None
    assert found.close
    assert found.spans.keys() <= set(generator.layer_names)
    assert found.latents >= 256
