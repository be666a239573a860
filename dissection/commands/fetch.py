"""``dissection fetch``: a published model or data set, to where its name is looked for."""

import sys
from typing import Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import Shown
from dissection.commands.reporting import reporting
from dissection.errors import BadInputError

_LONGEST = 3600


def command(
    name: Annotated[str, typer.Argument(help="What dissection models calls it.")],
    accept: Annotated[
        bool,
        typer.Option(
            "--accept", help="Take a file whose SHA-256 does not begin as its name says it does."
        ),
    ] = False,
    timeout: Annotated[
        float, typer.Option(help="Seconds without a byte until a server counts as dead, from 1 on.")
    ] = 20,
    progress: Shown = "tqdm",
) -> None:
    """Fetch a published model or data set, check it, and put it where its name is looked for.

    What broke off or was stopped goes on where it was, if the server allows it. A file that was
    put there by hand, as the sentence about a dead server says, is checked and taken.

    Example: dissection fetch vgg16-places365
    """
    from dissection.models.zoo.fetch import UnverifiedError, fetch
    from dissection.models.zoo.manifest import find_entry

    with reporting(progress) as report:
        if not 1 <= timeout <= _LONGEST:
            raise BadInputError(f"--timeout is from 1 to {_LONGEST} seconds, not {timeout:g}.")
        entry = find_entry(name)
        try:
            place = fetch(entry, report, accept, timeout)
        except UnverifiedError as error:
            if report.quiet or not sys.stdin.isatty():
                raise
            report.close()
            echo(f"dissection: {error}", err=True)
            if not typer.confirm("Take it as it is?"):
                raise
            place = fetch(entry, report, accept=True, timeout=timeout)
        report.result = {"folder": str(place if place.is_dir() else place.parent)}
    if not report.quiet:
        echo(f"{entry.name} is in {place}")
