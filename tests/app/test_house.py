"""Who may import whom, when torch is loaded, and the command's screenshots."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QObject

import dissection
import ganpaint
from dissection.results.colors import CATEGORY_COLORS, GRAY, READ, SEEN
from ganpaint.toolkit.theme import THEMES, Theme

LIBRARY = Path(dissection.__file__).parent
APP = Path(ganpaint.__file__).parent


def imported(path: Path, everywhere: bool) -> set[str]:
    """Top names of the modules that a file imports, at module level or everywhere."""
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                found.update(alias.name.split(".")[0] for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                found.add((child.module or "").split(".")[0])
            typing_only = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)
            inner = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            if everywhere or not (typing_only or inner):
                visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def test_the_library_never_reaches_the_window() -> None:
    for path in LIBRARY.rglob("*.py"):
        assert not imported(path, everywhere=True) & {"PySide6", "ganpaint"}, path


def test_the_window_does_no_tensor_arithmetic() -> None:
    files = list(APP.rglob("*.py"))
    assert len(files) > 20
    for path in files:
        assert not imported(path, everywhere=True) & {"torch", "torchvision"}, path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


SHOW = """
import sys
from PySide6.QtWidgets import QApplication
from ganpaint.__main__ import parser
from ganpaint.window.application import make_application, make_window
from ganpaint.painter.live_picture import LivePicture
from ganpaint.toolkit.settings import Settings

make_application()
window = make_window(parser().parse_args(["--model", "none.pth"]), Settings())
heavy = ("torch", "pydantic", "pandas", "matplotlib", "scipy", "psutil", "filelock")
seen, painted = [], []
paint = window.paintEvent
window.paintEvent = lambda event: (painted.append(1), paint(event))
loaded = lambda: [name for name in heavy if name in sys.modules]
LivePicture.begin = lambda live: seen.append((bool(painted), loaded()))
window.show()
while not seen:
    QApplication.processEvents()
print(seen)
"""


def test_what_takes_long_to_load_is_loaded_behind_the_first_paint() -> None:
    ran = run("-c", SHOW)
    assert ran.stdout.strip() == "[(True, [])]", ran.stderr


def test_screenshot_renders_the_window_with_strokes(
    model: Path, dissection: Path, tmp_path: Path
) -> None:
    target = tmp_path / "shot.png"
    ran = run(
        *("-m", "ganpaint", "--model", str(model), "--dissection", str(dissection)),
        *("--screenshot", str(target), "--size", "1024x700", "--theme", "light"),
        *("--stroke", "tree:draw:8,8,4", "--stroke", "part:door:erase:2,2,2"),
    )
    assert ran.returncode == 0, ran.stderr
    with Image.open(target) as image:
        assert image.size == (1024, 700)
        assert image.convert("RGB").getpixel((2, 400)) == (255, 255, 255)


def test_screenshot_shows_views_and_the_brush(
    model: Path, dissection: Path, tmp_path: Path
) -> None:
    target = tmp_path / "shot.png"
    ran = run(
        *("-m", "ganpaint", "--model", str(model), "--dissection", str(dissection)),
        *("--screenshot", str(target), "--concept", "sky", "--pointer", "8,8"),
        *("--view", "difference", "--view", "cells"),
    )
    assert ran.returncode == 0, ran.stderr
    with Image.open(target) as image:
        shown = np.asarray(image.convert("RGB").crop((400, 100, 900, 680))).astype(int)
    assert shown.sum(axis=2).min() < 12, "no stroke, no difference: black"
    teal = [int(THEMES["dark"].draw[i : i + 2], 16) for i in (1, 3, 5)]
    assert (shown == teal).all(axis=2).any(), "no brush, no cells"


def test_screenshot_shows_the_page_of_a_unit(tmp_path: Path) -> None:
    """Of another network than the one that is painted with; the tab is chosen by the unit."""
    shots = []
    for unit in ("storybook-scenes/features.relu5_3/3", "storybook-scenes/features.relu5_3/28"):
        target = tmp_path / f"{unit.rpartition('/')[2]}.png"
        ran = run("-m", "ganpaint", "--screenshot", str(target), "--unit", unit)
        assert ran.returncode == 0, ran.stderr
        with Image.open(target) as image:
            shots.append(np.asarray(image.convert("RGB")).astype(int))
    exemplars = [shot[340:480, 440:1240] for shot in shots]
    assert np.abs(exemplars[0] - exemplars[1]).mean() > 10
    assert all(each.std() > 20 for each in exemplars), "pictures, and no empty places"
    foot = [shot[770:, :600] for shot in shots]
    assert (foot[0] == foot[1]).all(), "the same layer"


@pytest.mark.parametrize(
    ("unit", "sentence"),
    [
        ("layer4/3", "is no address of a unit; one is MODEL/LAYER/NUMBER"),
        ("ghost/layer4/3", "No dissection of ghost is at hand"),
        ("storybook-church/layer4/999", "has the units 0 to 255"),
    ],
)
def test_a_unit_that_is_none_is_said_before_there_is_a_window(unit: str, sentence: str) -> None:
    ran = run("-m", "ganpaint", "--unit", unit)
    assert ran.returncode == 2
    assert sentence in ran.stderr
    assert "Traceback" not in ran.stderr


def test_what_belongs_to_screenshots_is_refused_without() -> None:
    ran = run("-m", "ganpaint", "--view", "split")
    assert ran.returncode == 2
    assert "--view is for --screenshot" in ran.stderr


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        (("--stroke", "tree:paint:1,2,3"), "A stroke is written"),
        (("--stroke", "ghost:draw:1,2,3"), "There is no brush for 'ghost'"),
        (("--size", "9x9"), "A size is WIDTHxHEIGHT"),
        (("--concept", "ghost"), "There is no brush for 'ghost'"),
        (("--tab", "ghost"), "There is no tab 'ghost'; the tabs are painter"),
        (("--pointer", "here"), "A place is X,Y"),
    ],
)
def test_screenshot_says_what_is_wrong(
    option: tuple[str, str], sentence: str, model: Path, dissection: Path
) -> None:
    own = ("--model", str(model), "--dissection", str(dissection))
    ran = run("-m", "ganpaint", "--screenshot", "never.png", *own, *option)
    assert ran.returncode == 2
    assert sentence in ran.stderr
    assert "Traceback" not in ran.stderr


def test_calls_into_qt_keep_their_references() -> None:
    thing = QObject()
    before = sys.getrefcount(None)
    for _ in range(1000):
        thing.setObjectName("x")
    assert sys.getrefcount(None) > before - 500, "this PySide6 aborts Python after a while"


def luminance(color: str) -> float:
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", THEMES)
def test_text_can_be_read(name: str) -> None:
    colors = THEMES[name]
    for ground in (colors.window, colors.panel, colors.raised):
        for text in ("text", "muted", "draw_text", "erase_text", "restore_text"):
            assert contrast(getattr(colors, text), ground) >= 4.5, (text, ground)
    for mode in ("draw", "erase", "restore"):
        ground = getattr(colors, mode)
        assert contrast(getattr(colors, f"on_{mode}"), ground) >= 4.5, mode


def test_no_function_is_longer_than_a_screen() -> None:
    longest = 80
    for path in (*LIBRARY.rglob("*.py"), *APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                told = ast.get_docstring(node) is not None and len(node.body) > 1
                first, last = node.body[1 if told else 0], node.body[-1]
                lines = (last.end_lineno or 0) - first.lineno + 1
                assert lines <= longest, f"{path}: {node.name} has {lines} lines"


@pytest.mark.parametrize("name", THEMES)
def test_categories_are_told_apart_in_both_themes(name: str) -> None:
    theme = Theme(name)
    colors = theme.colors
    for own, grounds in (("", (colors.panel, colors.window)), (colors.border, (colors.border,))):
        for least in (SEEN, READ):
            hues = [theme.hue(c, least, own).name() for c in (*CATEGORY_COLORS.values(), GRAY)]
            for ground in grounds:
                assert min(contrast(hue, ground) for hue in hues) >= least
            assert len(set(hues)) == len(hues)
