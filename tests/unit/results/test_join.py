"""Two dissections of one network as one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dissection.errors import BadInputError
from dissection.results.dissection import Dissection
from dissection.results.join import join_dissections
from dissection.results.store import load_dissection, save_dissection
from dissection.vocabulary import Concept, Vocabulary
from support.synthetic import make_dissection

SHAPE = (32, 8, 8)


def of(*layers: str, **more: Any) -> Dissection:
    return make_dissection(shapes=dict.fromkeys(layers, SHAPE), **more)


def test_layers_come_in_the_order_of_their_numbers() -> None:
    joined = join_dissections(of("layer3", "layer10"), of("layer9"))
    assert joined.layers == ("layer3", "layer9", "layer10")
    assert {name for s in joined.strengths for name in s.layers} == set(joined.layers)
    assert joined.brushes()
    assert joined.provenance["joined"][0]["layers"] == ["layer9"]


def test_an_order_that_is_no_numbers_stays() -> None:
    assert join_dissections(of("stem", "head"), of("middle")).layers == ("stem", "head", "middle")


def test_the_figures_measured_last_count() -> None:
    first, second = of("layer3", "layer4"), of("layer4")
    changed = replace(second["layer4"], effect=np.zeros_like(second["layer4"].effect))
    second = replace(second, measured={"layer4": changed}, strengths=second.strengths[:1])
    joined = join_dissections(first, second)
    assert not joined["layer4"].effect.any()
    assert joined["layer3"].effect.any()
    assert [s.layers for s in joined.strengths if s.layers == ("layer4",)] == [("layer4",)]


def test_what_is_joined_can_be_stored(tmp_path: Path) -> None:
    joined = join_dissections(of("layer3", "layer4"), of("layer4", "layer5"))
    save_dissection(joined, tmp_path / "d")
    assert load_dissection(tmp_path / "d").layers == ("layer3", "layer4", "layer5")


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (of("layer4", digest="ab" * 32), "networks"),
        (of("layer4", vocabulary=Vocabulary([Concept(n, "object") for n in "abcde"])), "concepts"),
        (of("layer4", sample=80), "samples"),
    ],
)
def test_what_does_not_fit_is_refused(other: Dissection, what: str) -> None:
    with pytest.raises(BadInputError, match=f"different {what}"):
        join_dissections(of("layer3"), other)


def test_another_seed_is_another_sample() -> None:
    second = of("layer4")
    sample = {**second.provenance["sample"], "seed": 9}
    second = replace(second, provenance={**second.provenance, "sample": sample})
    with pytest.raises(BadInputError, match="different samples"):
        join_dissections(of("layer3"), second)
