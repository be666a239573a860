"""Names from files are shown as they are: no markup, no control characters."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

import ganpaint
from dissection.__main__ import app
from dissection.errors import BadInputError, printable
from dissection.painting.project import read_project, write_project
from dissection.vocabulary import LONGEST_NAME, Concept
from ganpaint.toolkit.plain import as_markup, ask, in_menu, in_title, plain_tip
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse

NAME = "<b>tree</b>\x1b[31m\x07"


OTHERS = ("save & quit &x", "line\nend\ttab", "exe\u202egnp.", "a[*]b", "n" * 5000)


def test_concepts_are_one_printable_line_wherever_they_are_shown() -> None:
    for name in (NAME, *OTHERS):
        concept = Concept(name, "object")
        assert concept.name.isprintable()
        assert len(concept.name) <= LONGEST_NAME
        assert Concept(concept.name, "object") == concept  # stored and read again
    assert Concept("tree", "object").name == "tree"


def test_entries_of_menus_and_titles_show_the_name_itself() -> None:
    assert in_menu("save & quit\t&x") == "save && quit\\t&&x"
    assert in_title("a[*]b\u202e") == "a[*][*]b\\u202e"


@pytest.mark.qt_log_ignore("propagateSizeHints")  # of the platform that has no screen
def test_a_question_shows_the_name_itself(window: MainWindow, qtbot: QtBot) -> None:
    seen = []

    def answer() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.append((box.text(), box.textFormat()))
        box.reject()

    QTimer.singleShot(0, answer)
    buttons = QMessageBox.StandardButton
    assert not ask(window, "Delete", f"Delete {NAME}?", buttons.Yes, buttons.No)
    assert seen == [(f"Delete {printable(NAME)}?", Qt.TextFormat.PlainText)]


@pytest.mark.parametrize("path", sorted(Path(ganpaint.__file__).parent.rglob("*.py")), ids=str)
def test_every_question_is_asked_in_plain_text(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"QMessageBox\.(question|information|warning|critical)\(", source)
    boxes = re.findall(r"QMessageBox\(", source)
    assert len(boxes) == source.count("box.setTextFormat(Qt.TextFormat.PlainText)")
    if path.name != "plain.py":
        assert '"&&"' not in source  # in_menu does it, and what cannot be printed too


def test_a_project_and_a_generator_of_such_names_are_in_the_title(
    open_window: Callable[..., MainWindow], model: Path, tmp_path: Path
) -> None:
    odd = tmp_path / "a[*]b \u202egnp <b>.safetensors"
    shutil.copyfile(model, odd)
    window = open_window("--model", str(odd))
    assert window.windowTitle().isprintable()
    assert "a[*][*]b \\u202egnp <b>.safetensors" in window.windowTitle()


def test_tool_tips_and_rich_text_show_the_name_itself() -> None:
    assert as_markup(NAME) == "&lt;b&gt;tree&lt;/b&gt;\\x1b[31m\\x07"
    assert plain_tip(f"{NAME}\nagain") == f"<qt>{as_markup(NAME)}<br>again</qt>"
    assert plain_tip("a tree\nagain") == "a tree\nagain"


def test_sentences_are_one_printable_line() -> None:
    said = str(BadInputError(f"There is no {NAME}\n{'n' * 5000} here."))
    assert said.isprintable()
    assert len(said) < 500
    assert said.endswith("n here.")


def test_notices_show_names_as_they_are(window: MainWindow) -> None:
    window.canvas.message.say(f"Opened {NAME}.")
    label = window.canvas.message.findChild(QLabel)
    assert label is not None
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.text() == "Opened <b>tree</b>\\x1b[31m\\x07."


def test_the_terminal_gets_no_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = tmp_path / "maps\x1b[31m"
    names.mkdir()
    ran = CliRunner().invoke(app, ["summary", str(names)])
    assert "\x1b" not in str(ran.exception)
    from dissection.commands.echo import echo

    echo(f"{NAME}\n\ttwo")
    assert capsys.readouterr().out == "<b>tree</b>\\x1b[31m\\x07\n\ttwo\n"


def test_strokes_of_a_project_with_such_names_show_them(
    window: MainWindow, mouse: Mouse, tmp_path: Path
) -> None:
    mouse.drag((4, 4))
    window.projects.save_to(tmp_path / "a.ganpaint")
    project = read_project(tmp_path / "a.ganpaint")
    (painted,) = project.scene.history
    brush = painted.stroke.brush
    assert brush is not None
    named = replace(brush, concept=replace(brush.concept, name=NAME))
    stroke = replace(painted.stroke, brush=named)
    scene = replace(project.scene, history=(replace(painted, stroke=stroke),))
    write_project(tmp_path / "b.ganpaint", replace(project, scenes=(scene,)))
    window.projects.open_path(tmp_path / "b.ganpaint")
    model = window.history.strokes
    tip = model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert as_markup(NAME) in tip
    assert "<b>" not in tip
