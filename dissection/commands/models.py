"""``dissection models``: what ships, what was fetched, what is published."""

from typing import TYPE_CHECKING, Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import Shown
from dissection.commands.reporting import reporting
from dissection.errors import BadInputError

if TYPE_CHECKING:
    from dissection.models.zoo.manifest import Entry


def command(
    name: Annotated[str, typer.Argument(help="Tell all of this one; [All, a line each].")] = "",
    kind: Annotated[
        str, typer.Option(help="generator, classifier, segmenter, data, results or other.")
    ] = "",
    verify: Annotated[
        bool, typer.Option("--verify", help="Check the files of NAME against what was fetched.")
    ] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="Delete what was fetched of NAME.")
    ] = False,
    progress: Shown = "tqdm",
) -> None:
    """List models and data sets by name, with their state: bundled, fetched, begun, available.

    Your own are added in models.toml in the config folder; its form is in the README.

    Example: dissection models --kind generator
    """
    from dissection.models.zoo.dependents import told_left_without
    from dissection.models.zoo.fetch import verify as verify_entry
    from dissection.models.zoo.manifest import Kind, entries, find_entry
    from dissection.models.zoo.shelf import remove as remove_entry

    kinds = [known.value for known in Kind]
    if kind and kind not in kinds:
        raise BadInputError(f"There is no kind '{kind}'; there are {', '.join(kinds)}.")
    if not name:
        if verify or remove:
            raise BadInputError("Name what to verify or remove: dissection models NAME --verify.")
        for entry in entries():
            if not kind or entry.kind == kind:
                echo(_line(entry))
        return
    if remove:
        entry = find_entry(name)
        for path in remove_entry(entry):
            echo(f"deleted {path}")
        if needed := told_left_without(entry):
            echo(needed)
    elif verify:
        with reporting(progress) as report:
            entry = find_entry(name)
            wrong = verify_entry(entry, report)
            if wrong:
                raise BadInputError(" ".join(wrong))
        if not report.quiet:
            echo(f"{entry.name} is as it was fetched.")
    else:
        _tell(find_entry(name))


def _line(entry: "Entry") -> str:
    from dissection.models.zoo.shelf import size_of, state_of

    size = size_of(entry)
    own = "  (your own)" if entry.own else ""
    return f"{entry.name:26}{entry.kind:12}{state_of(entry):16}{_bytes(size):>10}  {entry.use}{own}"


def _tell(entry: "Entry") -> None:
    from dissection.models.zoo.shelf import place_of, size_of, state_of

    echo(f"{entry.name}, {entry.kind}: {state_of(entry)}")
    echo(f"good for: {entry.use}")
    if entry.unusable:
        echo(f"not to be used: {entry.unusable}")
    echo(f"size:     {_bytes(size_of(entry))}")
    echo(f"license:  {entry.license}")
    echo(f"citation: {entry.citation}")
    if not entry.unusable:
        echo(f"place:    {place_of(entry)}")
    for file in entry.files:
        known = file.known_hash or (
            f"SHA-256 said to begin with {file.sha256_prefix}" if file.sha256_prefix else "no hash"
        )
        echo(f"{file.file} ({known})")
        for url in entry.urls(file):
            echo(f"    {url}")


def _bytes(size: int | None) -> str:
    from dissection.runtime.reading import told_size

    return "size ?" if size is None else told_size(size)
