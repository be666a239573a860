"""What docs/paper-to-code.md names is there."""

import re
from importlib import import_module
from pathlib import Path

import pytest
from typer.main import get_command

from dissection.__main__ import app
from dissection.experiments.registry import experiments

TEXT = (Path(__file__).parents[2] / "docs" / "paper-to-code.md").read_text(encoding="utf-8")
NAMES = sorted(set(re.findall(r"`(dissection\.[\w.]+)`", TEXT)))


def find(name: str) -> object:
    """What a dotted name stands for: a module, something of it, or of that."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: object = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for part in parts[length:]:
            known = {**getattr(found, "__annotations__", {}), **dict.fromkeys(dir(found), 0)}
            assert part in known, f"{name}: {found} has no {part}"
            found = getattr(found, part, None)
        return found
    raise AssertionError(name)


@pytest.mark.parametrize("name", NAMES)
def test_every_function_is_there(name: str) -> None:
    find(name)


def test_there_are_many() -> None:
    assert len(NAMES) > 60


def test_every_command_and_experiment_is_there() -> None:
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"`dissection (\w+)", TEXT))
    assert named <= commands
    asked = set(re.findall(r"`dissection experiment (\w+)", TEXT))
    assert asked <= set(experiments())
