import re
from dataclasses import replace
from pathlib import Path

import pytest

import dissection as library
import ganpaint
from dissection.errors import StoreError
from dissection.results.dissection import Dissection
from support.synthetic import DIGEST


@pytest.mark.parametrize("told", [{}, {"network": ""}, {"network": None}])
def test_of_a_network_that_nobody_knows_it_never_is(
    synthetic_dissection: Dissection, told: dict[str, object]
) -> None:
    unknown = replace(synthetic_dissection, provenance=told)
    assert unknown.network == ""
    assert not unknown.is_of("")
    assert not unknown.is_of("None")
    assert not unknown.is_of(unknown.network)
    with pytest.raises(StoreError, match="does not tell which network it is of"):
        unknown.require_network(DIGEST)


def test_it_is_of_one_network(synthetic_dissection: Dissection) -> None:
    assert synthetic_dissection.network == DIGEST
    assert synthetic_dissection.is_of(DIGEST)
    assert not synthetic_dissection.is_of("ab" * 32)
    assert not synthetic_dissection.is_of("")


def test_nobody_else_looks_up_what_a_dissection_is_of() -> None:
    asked = re.compile(r"""(?<!ablation\.)provenance(\.get\(|\[)["']network["']""")
    for package in (library, ganpaint):
        for path in Path(str(package.__file__)).parent.rglob("*.py"):
            found = [m[0] for m in asked.finditer(path.read_text(encoding="utf-8"))]
            if path.name == "dissection.py":
                assert len(found) == 1
            elif path.name not in ("links.py", "result.py", "store.py"):  # of results, of ablations
                assert found == [], path
