"""What commands print: names from files are shown as they are, and command no terminal."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from dissection.errors import DissectionError, printable
from dissection.runtime.files import reason

#: What a full disk answers, or a full share of it.
FULL = (errno.ENOSPC, errno.EDQUOT)


def echo(text: object = "", err: bool = False) -> None:
    """Print a line, or several, on the terminal; control characters in it are escaped.

    Args:
        text: what is told; its line ends and tabs stay.
        err: on the standard error output.

    Raises:
        DissectionError: it cannot be written, to a disk that is full for one.
    """
    with writing():
        typer.echo(printable(text, kept="\n\t"), err=err)


@contextmanager
def writing() -> Iterator[None]:
    """What a command prints is written in the block.

    Raises:
        DissectionError: it cannot be. A reader that has gone, as ``head`` does, is none of that:
            ``BrokenPipeError`` ends the command as shells expect it.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise cannot_print(error) from error


def cannot_print(error: OSError) -> DissectionError:
    """The sentence for output that goes nowhere."""
    advice = "free some space" if error.errno in FULL else "send it elsewhere"
    return DissectionError(f"The output cannot be written: {reason(error)}; {advice}.")
