"""Commands and lines of Python that the documentation tells people to type."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
#: What people read; the change log names options as they were called.
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "resources" / "models").glob("*.md")),
)


def blocks(page: Path, *languages: str) -> list[str]:
    """The fenced blocks of a page in these languages."""
    kinds = "|".join(languages)
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```(?:{kinds})\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def whole_commands(program: str) -> Iterator[tuple[Path, list[str]]]:
    """Every command of a program in a block of the shell, without the program's name."""
    for page in PAGES:
        for block in blocks(page, "sh", "bash"):
            for line in block.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] == [program]:
                    yield page, words[1:]


def named_commands(program: str) -> Iterator[tuple[Path, list[str]]]:
    """Every command that a sentence names, which may leave out what it needs besides."""
    for page in PAGES:
        for said in re.findall(rf"`{program} ([^`]+)`", page.read_text(encoding="utf-8")):
            yield page, shlex.split(said)


def run_block(text: str, names: dict[str, Any]) -> list[Any]:
    """Run lines of Python among these names; the values of those that a notebook would show."""
    shown = []
    for statement in ast.parse(text).body:
        if isinstance(statement, ast.Expr):
            value = compile(ast.Expression(statement.value), "documentation", "eval")
            shown.append(eval(value, names))
        else:
            exec(compile(ast.Module([statement], []), "documentation", "exec"), names)
    return shown
