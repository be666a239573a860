"""The ``dissection`` command."""

from contextlib import suppress

import typer

from dissection.commands import (
    ablate,
    brushes,
    check,
    compact,
    dissect,
    evaluate,
    experiment,
    export,
    fetch,
    gallery,
    labels,
    layers,
    models,
    paint,
    pictures,
    relate,
    render,
    storybook,
    strengths,
    summary,
    train,
    units,
)
from dissection.commands.echo import FULL, cannot_print, echo
from dissection.commands.leaving import leave
from dissection.commands.old_names import WithOldNames
from dissection.errors import DissectionError
from dissection.runtime.torch_loading import sleep_while_waiting
from dissection.runtime.version import VERSION

app = typer.Typer(
    name="dissection",
    help="Find out which units of a network mean what, and paint with them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("dissect", cls=WithOldNames)(dissect.command)
app.command("ablate")(ablate.command)
app.command("brushes")(brushes.command)
app.command("strengths")(strengths.command)
app.command("pictures")(pictures.command)
app.command("relate")(relate.command)
app.command("summary")(summary.command)
app.command("layers")(layers.command)
app.command("units")(units.command)
app.command("export")(export.command)
app.command("render")(render.command)
app.command("gallery")(gallery.command)
app.command("paint")(paint.command)
app.command("models")(models.command)
app.command("fetch")(fetch.command)
app.command("compact")(compact.command)
app.command("storybook")(storybook.command)
app.command("labels")(labels.command)
app.add_typer(train.app, name="train")
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(check.app, name="check")
app.add_typer(experiment.app, name="experiment")


def _print_version(wanted: bool) -> None:
    if wanted:
        echo(f"dissection {VERSION}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version."
    ),
) -> None:
    pass


def _tell(error: DissectionError) -> None:
    """The sentence, on the standard error output, if that can be written to."""
    with suppress(DissectionError):
        echo(f"dissection: {error}", err=True)


def main() -> None:
    """Run the command line; an error a person can act on is one sentence and exit code 2."""
    sleep_while_waiting()
    try:
        app()
    except DissectionError as error:
        _tell(error)
        leave(2)
    except OSError as error:  # of what others print: help, bars, lines about wrong options
        if error.errno not in FULL:
            raise
        _tell(cannot_print(error))
        leave(2)
    except KeyboardInterrupt:
        echo("dissection: stopped.", err=True)
        leave(130)
    except SystemExit as error:  # how typer ends a command, also one that is done
        leave(error.code if isinstance(error.code, int) else int(error.code is not None))


if __name__ == "__main__":
    main()
