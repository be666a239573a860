"""Commands that the documentation tells people to type are those that there are."""

from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from dissection.__main__ import app
from support.documented import ROOT, named_commands, whole_commands

#: Stands for the name of any experiment.
ANY = {"NAME": "erase"}
WHOLE, NAMED = list(whole_commands("dissection")), list(named_commands("dissection"))


def asked_for(words: list[str]) -> tuple[Any, str, list[str]]:
    """The command that words name, how it is called, and the words behind it."""
    command: Any = get_command(app)
    names: list[str] = []
    rest = [ANY.get(word, word) for word in words]
    while hasattr(command, "list_commands") and rest and not rest[0].startswith("--"):
        inner = command.get_command(None, rest[0])
        assert inner is not None, f"there is no command {' '.join(words)}"
        command, names = inner, [*names, rest.pop(0)]
    return command, " ".join(names), rest


def unknown_options(words: list[str]) -> list[str]:
    """Options among the words that their command does not have."""
    command, _, rest = asked_for(words)
    known = {name for option in command.params for name in option.opts + option.secondary_opts}
    given = [word.partition("=")[0] for word in rest if word.startswith("--")]
    return [option for option in given if option not in known | {"--help"}]


def label(found: tuple[Path, list[str]]) -> str:
    return f"{found[0].relative_to(ROOT)}: {' '.join(found[1])}"


@pytest.mark.parametrize("told", WHOLE, ids=label)
def test_commands_can_be_typed_as_they_stand(told: tuple[Path, list[str]]) -> None:
    command, name, rest = asked_for(told[1])
    if name == "experiment":
        assert rest == ["--list"]
        return
    command.make_context(name, rest)  # every option is there, and every value is of its kind


@pytest.mark.parametrize("told", NAMED, ids=label)
def test_options_that_sentences_name_are_there(told: tuple[Path, list[str]]) -> None:
    assert unknown_options(told[1]) == []


def test_an_option_that_is_not_there_would_be_found() -> None:
    assert unknown_options(["summary", "DIR", "--layer", "x", "--ghost=1"]) == ["--ghost"]
    with pytest.raises(AssertionError, match="no command ghost"):
        asked_for(["ghost"])
    command, name, rest = asked_for(["summary", "DIR", "--ghost"])
    with pytest.raises(Exception, match="No such option: --ghost"):
        command.make_context(name, rest)
    assert len(WHOLE) > 60
    assert len(NAMED) > 90
