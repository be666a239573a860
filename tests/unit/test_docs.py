"""The reference of the API holds every public name, and the navigation every page."""

import re
from pathlib import Path

import dissection

ROOT = Path(__file__).parents[2]


def test_every_public_name_is_in_the_reference() -> None:
    pages = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs/api").glob("*.md"))
    shown = set(re.findall(r"^::: (\S+)$", pages, re.M))
    for name in set(dissection.__all__) - {"__version__"}:
        found = getattr(dissection, name)
        assert {found.__module__, f"{found.__module__}.{name}"} & shown, name


def test_every_page_is_in_the_navigation() -> None:
    docs = ROOT / "docs"
    named = set(re.findall(r"(\S+\.md)$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.M))
    assert named == {page.relative_to(docs).as_posix() for page in docs.rglob("*.md")}
