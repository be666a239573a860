"""Whatever is written is read again as it was, and what was changed by hand is told in a sentence.

Damaged bytes of whole files are the matter of ``test_fuzz``; here the values are.
"""

import json
import zlib
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dissection.errors import BadInputError, DissectionError
from dissection.measurement.settings import DissectionSettings
from dissection.painting.history import Painted
from dissection.painting.project import Project, from_bytes, to_bytes
from dissection.painting.recipe import Recipe
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection, save_dissection
from dissection.runtime.checked_lines import read_line
from dissection.runtime.choices import Channels, DType, Precision
from dissection.runtime.progress import (
    Failed,
    FailureKind,
    Finished,
    Progress,
    write_line,
)
from dissection.runtime.progress import (
    read_line as read_progress,
)
from dissection.vocabulary import readable_name
from ganpaint.painter.document.user_brush import UserBrush
from ganpaint.painter.document.user_brush_file import read_store, write_store
from support.strategies import (
    BLENDS,
    DIGESTS,
    HISTORIES,
    JSON,
    LATENTS,
    NAMES,
    OWN_BRUSHES,
    SEEDS,
    changed_somewhere,
    projects,
)
from support.synthetic import make_dissection

#: The same examples on every machine; nothing is kept between runs.
_often = partial(
    settings, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
often, seldom = _often(max_examples=100), _often(max_examples=30)
RECIPES = st.builds(
    Recipe.of_history, NAMES, DIGESTS, SEEDS, HISTORIES, st.none() | BLENDS, st.none() | LATENTS
)


def sealed(value: object) -> bytes:
    """A line with its checksum; also of values that ``checked_line`` does not write."""
    text = json.dumps(value).encode()
    return b"%08x %s" % (zlib.crc32(text), text)


def require_sentence(error: DissectionError) -> None:
    said = str(error)
    assert said[-1:] in ".!?"
    assert said.isprintable()


def require_same(one: Painted, other: Painted) -> None:
    first, second = one.stroke, other.stroke
    np.testing.assert_array_equal(first.mask, second.mask)
    assert (one.shown, one.choice, one.name) == (other.shown, other.choice, other.name)
    assert (first.brush, first.mode, first.strength, first.rule) == (
        second.brush, second.mode, second.strength, second.rule
    )  # fmt: skip
    assert (first.stamp is None) == (second.stamp is None)
    if first.stamp is not None and second.stamp is not None:
        assert (first.stamp.row, first.stamp.column) == (second.stamp.row, second.stamp.column)
        assert first.stamp.patch.digest == second.stamp.patch.digest


@often
@given(projects())
def test_projects_come_back(project: Project) -> None:
    again = from_bytes(to_bytes(project), "a.ganpaint")
    assert again.left_out == ()
    assert (again.shown, again.dissection, again.counter) == (
        project.shown, project.dissection, project.counter
    )  # fmt: skip
    for one, other in zip(project.scenes, again.scenes, strict=True):
        assert (one.model, one.network, one.seed, one.blend) == (
            other.model, other.network, other.seed, other.blend
        )  # fmt: skip
        assert (one.latent is None) == (other.latent is None)
        np.testing.assert_array_equal(one.latent, other.latent)
        for ours, theirs in zip(one.history, other.history, strict=True):
            require_same(ours, theirs)


@often
@given(projects(), st.data())
def test_changed_projects_are_told(project: Project, data: st.DataObject) -> None:
    """Every line has its checksum, so that the change is in what the lines say."""
    magic, *lines = to_bytes(project).split(b"\n")[:-1]
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place] = sealed(changed_somewhere(data.draw, read_line(lines[place])))
    try:
        from_bytes(b"\n".join([magic, *lines, b""]), "a.ganpaint")
    except DissectionError as error:
        require_sentence(error)


@often
@given(RECIPES)
def test_recipes_come_back(recipe: Recipe) -> None:
    again = Recipe.from_text(recipe.to_text())
    assert again.to_text() == recipe.to_text()
    for ours, theirs in zip(recipe.history, again.history, strict=True):
        require_same(ours, theirs)


@often
@given(RECIPES, st.data())
def test_changed_recipes_are_told(recipe: Recipe, data: st.DataObject) -> None:
    text = json.dumps(changed_somewhere(data.draw, json.loads(recipe.to_text())))
    try:
        Recipe.from_text(text)
    except DissectionError as error:
        require_sentence(error)


@seldom
@given(st.lists(OWN_BRUSHES, max_size=3, unique_by=lambda brush: brush.concept))
def test_brushes_of_ones_own_come_back(
    tmp_path_factory: pytest.TempPathFactory, brushes: list[Any]
) -> None:
    path = tmp_path_factory.mktemp("own") / "a.brushes"
    write_store(path, [UserBrush(brush) for brush in brushes])
    found = read_store(path)
    assert found.trouble == ""
    assert [own.brush for own in found.brushes] == brushes


@often
@given(OWN_BRUSHES, OWN_BRUSHES, st.data())
def test_changed_brushes_are_set_aside(
    tmp_path_factory: pytest.TempPathFactory, one: Any, other: Any, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("own") / "a.brushes"
    write_store(path, [UserBrush(one), UserBrush(other)])
    magic, first, second = path.read_bytes().split(b"\n")[:-1]
    first = sealed(changed_somewhere(data.draw, read_line(first)))
    path.write_bytes(b"\n".join([magic, first, second, b""]))
    found = read_store(path)
    assert found.brushes[-1].brush == other
    if found.trouble:
        assert len(list(path.parent.iterdir())) == 2, "the whole one, and what was damaged"
        assert found.trouble.endswith(".")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stored") / "d"
    save_dissection(make_dissection(shapes={"layer3": (24, 4, 4)}), folder, {"effect": 1.5})
    return folder


@seldom
@given(
    NAMES,
    st.dictionaries(st.text(max_size=8), JSON, max_size=3),
    st.lists(NAMES, max_size=3),
)
def test_manifests_come_back(
    tmp_path_factory: pytest.TempPathFactory, model: str, notes: dict[str, Any], classes: list[str]
) -> None:
    made = make_dissection(shapes={"layer3": (24, 4, 4)})
    notes = json.loads(json.dumps(notes, allow_nan=True))
    provenance = {**made.provenance, "notes": notes}
    given_one = replace(made, model=model, provenance=provenance, classes=tuple(classes))
    folder = tmp_path_factory.mktemp("manifest") / "d"
    save_dissection(given_one, folder)
    again = load_dissection(folder)
    assert again.model == readable_name(model)
    assert again.classes == tuple(map(readable_name, classes))
    assert again.strengths == made.strengths
    assert json.dumps(again.provenance["notes"], sort_keys=True) == json.dumps(
        notes, sort_keys=True
    )
    assert again.vocabulary == made.vocabulary


@often
@given(st.data())
def test_changed_manifests_are_told(stored: Path, data: st.DataObject) -> None:
    path = stored / "dissection.json"
    whole = path.read_text()
    path.write_text(json.dumps(changed_somewhere(data.draw, json.loads(whole))))
    try:
        use(load_dissection(stored))
    except DissectionError as error:
        require_sentence(error)
    finally:
        path.write_text(whole)


def use(dissection: Dissection) -> None:
    dissection.brushes()
    repr(dissection)


numbers = st.integers(0, 10**9)
MESSAGES = st.one_of(
    st.builds(
        Progress, st.text(), numbers, numbers,
        st.floats(0, 1e6).map(lambda rate: round(rate, 3)),
        st.none() | st.floats(1, 1e6).map(lambda left: round(left, 1)), st.text(),
    ),
    st.builds(Finished, st.dictionaries(st.text(), st.text() | st.integers())),
    st.builds(Failed, st.text(), st.sampled_from(get_args(FailureKind))),
)  # fmt: skip


@often
@given(MESSAGES)
def test_lines_of_progress_come_back(message: Progress | Finished | Failed) -> None:
    line = write_line(message)
    assert "\n" not in line
    assert read_progress(line) == message


@often
@given(MESSAGES, st.data())
def test_other_lines_are_no_progress(
    message: Progress | Finished | Failed, data: st.DataObject
) -> None:
    told = changed_somewhere(data.draw, json.loads(write_line(message)))
    for line in (json.dumps(told), data.draw(st.text()), write_line(message)[:-3]):
        found = read_progress(line)
        assert found is None or isinstance(found, Progress | Finished | Failed)


@st.composite
def dissection_settings(draw: st.DrawFn) -> DissectionSettings:
    layers = tuple(draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)))
    return DissectionSettings(
        layers=layers,
        model=draw(NAMES),
        size=draw(st.integers(1, 10_000)),
        seed=draw(SEEDS),
        quantile=draw(st.floats(0.01, 0.999)),
        normalize=draw(st.booleans()),
        grid=draw(st.none() | st.integers(1, 200)),
        effect_size=draw(st.none() | st.integers(0, 500)),
        channels=draw(st.sampled_from(get_args(Channels))),
        dtype=draw(st.sampled_from(get_args(DType))),
        precision=draw(st.sampled_from(get_args(Precision))),
        pictures=tuple(draw(st.lists(st.sampled_from(layers), max_size=2, unique=True))),
        device=draw(st.none() | st.sampled_from(["auto", "cpu", "cuda:1"])),
    )


@often
@given(dissection_settings())
def test_settings_come_back(chosen: DissectionSettings) -> None:
    told = json.loads(json.dumps(chosen.to_json()))
    assert DissectionSettings.from_json(told) == chosen


@often
@given(dissection_settings(), st.data())
def test_changed_settings_are_told(chosen: DissectionSettings, data: st.DataObject) -> None:
    told = changed_somewhere(data.draw, json.loads(json.dumps(chosen.to_json())))
    try:
        found = DissectionSettings.from_json(told)
    except BadInputError as error:
        require_sentence(error)
    else:
        found.command_line("out")
