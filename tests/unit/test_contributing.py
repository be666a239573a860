"""The places that CONTRIBUTING.md and docs/architecture.md send people to are there."""

import ast
import re
from pathlib import Path

import pytest

from support.every_command import every_command

ROOT = Path(__file__).parents[2]
#: Lines; a file above 400 is looked at hard before it grows.
LONGEST_FILE, LONGEST_FUNCTION = 440, 80
#: Packages of many parts that are alike; the tree says of what kind they are.
ALIKE = (
    *(f"dissection/{room}/" for room in ("data/storybook/scenes", "experiments/catalog")),
    *(f"ganpaint/classifier/{room}/"
      for room in ("charts", "live", "pages", "slices", "studies", "tables")),
    *(f"ganpaint/{room}/"
      for room in ("experiments", "painter/canvas", "painter/panels", "units/charts",
                   "units/detail")),
)  # fmt: skip
COUNTED = {21: "Twenty-one", 22: "Twenty-two", 23: "Twenty-three", 24: "Twenty-four"}
#: Private by their look alone: protocols of others.
PROTOCOLS = {"_repr_html_", "_replace", "_exit", "_fields"}


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_every_path_is_there(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"`((?:dissection|ganpaint|tests|docs|examples)/[\w./-]*)`", text)
    assert len(named) > 5
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_what_is_looked_for_is_where_the_table_says() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    table = text.partition("## Where to find")[2].partition("\n## ")[0]
    named = re.findall(r"`([\w.]+)` in `([\w/.]+\.py)`", table)
    assert len(named) > 10
    for name, path in named:
        source = (ROOT / path).read_text(encoding="utf-8")
        for part in name.split("."):
            assert re.search(rf"^\s*((def|class) {part}\b|{part} = )", source, re.MULTILINE), name


def the_tree() -> str:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    return text.partition("## The tree")[2].partition("## How data")[0]


def modules() -> list[Path]:
    """Every module of the library and the window, relative to the root."""
    files = [*ROOT.glob("dissection/**/*.py"), *ROOT.glob("ganpaint/**/*.py")]
    return [path.relative_to(ROOT) for path in files]


def test_the_tree_has_a_line_for_every_room() -> None:
    named = set(re.findall(r"\b(\w+)/", the_tree()))
    rooms = {path.parent.name for path in modules()}
    assert len(rooms) > 40
    assert rooms - named == set()


def test_the_tree_has_every_module_that_is_not_one_of_many_alike() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"\w+", text))
    unnamed = {p for p in modules() if p.stem not in named and not p.stem.startswith("__")}
    missing = [p.as_posix() for p in unnamed if not p.as_posix().startswith(ALIKE)]
    assert [path for path in missing if not path.startswith("dissection/commands/")] == []
    commands = {name for words, _ in every_command() for name in (words, words.partition(" ")[0])}
    for path in missing:  # one file for each subcommand, those of a group behind its name
        name = Path(path).stem.replace("_", " ")
        assert name in commands, path


def test_the_tree_has_no_module_that_is_gone() -> None:
    stems = {path.stem for path in modules()} | {path.parent.name for path in modules()}
    named = set(re.findall(r"\b[a-z]+_[a-z_]+\b", the_tree()))
    assert len(named) > 150
    assert named - stems == set()


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md", "docs/ablation.md"])
def test_modules_that_sentences_name_are_there(name: str) -> None:
    """Such as `classifier/live/live_thread` or `results/rows`, below either package."""
    text = (ROOT / name).read_text(encoding="utf-8")
    named = re.findall(r"`((?:\w+/)+\w+)(?:\.\w+)?`", text)
    found = [ROOT / package / path for path in named for package in ("", "dissection", "ganpaint")]
    there = [path.exists() or path.with_suffix(".py").exists() for path in found]
    gone = [path for n, path in enumerate(named) if not any(there[3 * n : 3 * n + 3])]
    assert gone == []


def test_pages_say_how_many_edits_there_are() -> None:
    edits = (ROOT / "docs/edits.md").read_text(encoding="utf-8")
    title = edits.partition("\n")[0].removeprefix("# ")
    assert title == f"{COUNTED[edits.count('](images/edits/')]} edits"
    for page in ("mkdocs.yml", "README.md", "docs/guide.md"):
        assert title in (ROOT / page).read_text(encoding="utf-8"), page


@pytest.mark.parametrize("folder", ["dissection", "ganpaint", "tests", "benchmarks"])
def test_files_and_functions_are_short(folder: str) -> None:
    for path in sorted((ROOT / folder).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= LONGEST_FILE, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                told = ast.get_docstring(node) is not None and len(node.body) > 1
                first, last = node.body[int(told)], node.body[-1]
                assert (last.end_lineno or 0) - first.lineno < LONGEST_FUNCTION, (
                    f"{path}: {node.name}"
                )


def test_the_forge_calls_what_is_run_here() -> None:
    workflow = (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")
    assert "- run: .ci/run\n" in workflow
    assert (ROOT / ".ci/run").stat().st_mode & 0o100


def private(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last.startswith("_") and not last.startswith("__") and last not in PROTOCOLS


def private_names(tree: ast.Module) -> list[str]:
    """Private names of others that a module imports, reads, sets or patches."""
    nodes = list(ast.walk(tree))
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    found = []
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            found += [alias.name for alias in node.names if private(alias.name)]
        elif isinstance(node, ast.Attribute):
            of_self = isinstance(node.value, ast.Name) and node.value.id == "self"
            found += [node.attr] if private(node.attr) and not of_self else []
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("attr"):
            words = [word.value for word in node.args if isinstance(word, ast.Constant)]
            found += [word for word in words if isinstance(word, str) and private(word)]
    return [name for name in found if name not in own]


@pytest.mark.parametrize("folder", ["unit", "app", "support"])
def test_tests_use_public_names_and_import_no_conftest(folder: str) -> None:
    files = sorted((ROOT / "tests" / folder).rglob("*.py"))
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert private_names(ast.parse(text)) == [], path
        assert not re.search(r"^\s*(from|import) conftest\b", text, re.MULTILINE), path
