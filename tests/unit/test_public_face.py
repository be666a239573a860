"""What a researcher sees first: names, cheapness of the import, examples that run."""

import doctest
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import dissection
import ganpaint

#: Where each public name is defined.
_HOMES = {
    name: getattr(dissection, name).__module__
    for name in dissection.__all__
    if name != "__version__"
}
#: Every module whose docstrings hold an example.
_WITH_EXAMPLES = sorted(
    ".".join(path.relative_to(folder.parent).with_suffix("").parts).removesuffix(".__init__")
    for folder in (Path(dissection.__path__[0]), Path(ganpaint.__path__[0]))
    for path in folder.rglob("*.py")
    if "    >>> " in path.read_text(encoding="utf-8")
)


def test_importing_brings_no_heavy_library() -> None:
    code = (
        "import sys, dissection\n"
        "heavy = {'torch', 'numpy', 'cv2', 'PIL', 'PySide6', 'scipy', 'pandas', 'matplotlib'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", dissection.__all__)
def test_every_name_is_there_and_says_what_it_is(name: str) -> None:
    found = getattr(dissection, name)
    assert name in dir(dissection)
    if name != "__version__":
        assert found.__doc__
        assert found.__doc__.strip()


def test_other_names_are_told_as_missing() -> None:
    with pytest.raises(AttributeError, match="no attribute 'disect'"):
        _ = dissection.disect  # type: ignore[attr-defined]


@pytest.mark.parametrize("module", _WITH_EXAMPLES)
def test_the_examples_run(module: str) -> None:
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    result = doctest.testmod(import_module(module), optionflags=flags)
    assert result.failed == 0
    assert result.attempted > 0


def test_every_home_of_a_public_name_has_an_example() -> None:
    assert set(_HOMES.values()) <= set(_WITH_EXAMPLES)
