"""What commands print: names from files are shown as they are, and command no terminal."""

import typer

from dissection.errors import printable


def echo(text: object = "", err: bool = False) -> None:
    """Print a line, or several, on the terminal; control characters in it are escaped.

    Args:
        text: what is told; its line ends and tabs stay.
        err: on the standard error output.
    """
    typer.echo(printable(text, kept="\n\t"), err=err)
