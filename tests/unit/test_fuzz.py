"""Damaged files of every format: one sentence, or what is whole of them.

``support.fuzzing`` tells how they are damaged.
``python benchmarks/fuzz.py --examples 50000`` tries more.
"""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from support.fuzz_formats import FORMATS
from support.fuzzing import Format, damages, try_one

EXAMPLES = 2000


@pytest.fixture(scope="module", params=FORMATS, ids=lambda kind: kind.name)
def prepared(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Format, Path, Path]:
    """A format, a folder of whole files, and one for damaged copies."""
    kind: Format = request.param
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / "whole").mkdir()
    kind.make(folder / "whole")
    kind.open(folder / "whole")
    return kind, folder / "whole", folder / "copy"


@settings(
    max_examples=-(-EXAMPLES // len(FORMATS)),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(damage=damages())
def test_damaged_files_are_a_sentence(
    prepared: tuple[Format, Path, Path], damage: tuple[int, int]
) -> None:
    try_one(*prepared, *damage)


@pytest.mark.parametrize(
    ("name", "times", "seed"),
    [("notes on units", 1, 1250563406), ("pictures of classes read before", 1, 763367961)],
)
def test_what_long_runs_found_is_a_sentence(
    name: str, times: int, seed: int, tmp_path: Path
) -> None:
    kind = next(kind for kind in FORMATS if kind.name == name)
    (tmp_path / "whole").mkdir()
    kind.make(tmp_path / "whole")
    assert try_one(kind, tmp_path / "whole", tmp_path / "copy", times, seed)
