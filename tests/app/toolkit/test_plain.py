"""Names from files are shown as they are: no markup, no control characters."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.errors import BadInputError
from dissection.painting.project import read_project, write_project
from ganpaint.toolkit.plain import as_markup, plain_tip
from ganpaint.window.main_window import MainWindow
from support.driving import Mouse

NAME = "<b>tree</b>\x1b[31m\x07"


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
