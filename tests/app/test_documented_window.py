"""How the documentation starts the window is how it starts."""

from ganpaint.__main__ import parser
from support.documented import ROOT, named_commands, whole_commands


def test_ways_to_start_the_window_are_there() -> None:
    told = [*whole_commands("ganpaint"), *named_commands("ganpaint")]
    assert ROOT / "README.md" in {page for page, _ in told}
    for _page, words in told:
        parser().parse_args(words)  # ends the process where an option is not there
