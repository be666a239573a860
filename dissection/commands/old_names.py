"""Options by the names they once had, so that scripts and noted commands still run."""

from typing import Any

from typer.core import TyperCommand

OLD_NAMES = {
    "--centres": "--centers",
    "--normalise": "--normalize",
    "--no-normalise": "--no-normalize",
}


class WithOldNames(TyperCommand):
    """A command that takes options by their old names, too; its help does not tell them."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Click calls it with the words behind the command."""
        given = []
        for word in args:
            name, equals, value = word.partition("=")
            given.append(f"{OLD_NAMES.get(name, name)}{equals}{value}")
        return super().parse_args(ctx, given)
