"""Two processes share an experiment as torchrun starts them, and come to the figures of one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from torch.distributed.run import get_args_parser

from dissection.__main__ import app
from dissection.experiments.store import load_result
from support.processes import free_port, start_dissection

WORDS = [
    "experiment", "erase", "--model", "support.square_generator:Squares", "--layer", "units",
    "--segmenter", "support.color_segmenter:ColorSegmenter", "--concept", "red", "--units", "2",
    "--controls-every", "1", "--latents", "10", "--scenes", "1", "--batch", "2", "--device", "cpu",
]  # fmt: skip


def test_two_processes_erase_what_one_does(tmp_path: Path) -> None:
    port = free_port()
    started = [start_dissection([*WORDS, "--out", str(tmp_path / "one")])]
    started += [
        start_dissection([*WORDS, "--out", str(tmp_path / "two")], rank, 2, port)
        for rank in range(2)
    ]
    ends = [process.communicate(timeout=200) for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], ends
    last = json.loads(ends[1][0].splitlines()[-1])
    assert last["result"] == {"experiment": "erase", "folder": str(tmp_path / "two")}
    assert "result" not in ends[2][0]
    one, two = load_result(tmp_path / "one"), load_result(tmp_path / "two")
    assert one.tables == two.tables
    assert (one.pictures["scenes"] == two.pictures["scenes"]).all()
    assert (one.provenance["processes"], two.provenance["processes"]) == (1, 2)
    assert not list((tmp_path / "two").glob("work*"))


def options_of(command: Any, words: tuple[str, ...]) -> Iterator[list[str]]:
    """Each option of a command, and of those below it, as it is typed."""
    if hasattr(command, "list_commands"):
        for name in command.list_commands(None):
            yield from options_of(command.get_command(None, name), (*words, name))
    for parameter in command.params:
        for option in (*parameter.opts, *parameter.secondary_opts):
            if option.startswith("-"):
                yield [*words, option, "1"]


@pytest.mark.parametrize(
    ("command", "dashes"), [("dissect", []), ("ablate", []), ("experiment", ["--"])]
)
def test_torchrun_takes_no_option_of_ours_for_its_own(command: str, dashes: list[str]) -> None:
    root: Any = typer.main.get_command(app)
    typed = list(options_of(root.get_command(None, command), (command,)))
    assert len(typed) > 10
    for words in typed:  # as the help and the docs say it
        known = get_args_parser().parse_args(["-m", *dashes, "dissection", *words])
        assert (known.training_script, known.training_script_args) == ("dissection", words)
