"""Names from files are shown as they are: no markup, no control characters."""

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import Qt as RichText
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot
from typer.testing import CliRunner

import ganpaint
from dissection.__main__ import app
from dissection.errors import BadInputError, printable
from dissection.painting.project import read_project, write_project
from dissection.vocabulary import LONGEST_NAME, Concept, readable_name
from ganpaint.toolkit.chart_export import file_name
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.csv_text import as_csv
from ganpaint.toolkit.name_label import NameLabel
from ganpaint.toolkit.plain import as_markup, ask, breakable, in_menu, in_title, plain_tip
from ganpaint.toolkit.theme import Theme
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
    assert as_markup("<b>tree</b>\x1b") == "&lt;b&gt;tree&lt;/b&gt;\\x1b"
    assert as_markup(NAME).replace("\u200b", "") == "&lt;b&gt;tree&lt;/b&gt;\\x1b[31m\\x07"
    assert plain_tip("tree &lt;b") == "<qt>tree &amp;lt;b</qt>"  # Qt would show it as <b
    assert plain_tip(f"{NAME}\nagain") == f"<qt>{as_markup(NAME)}<br>again</qt>"
    assert plain_tip("a tree\nagain") == "a tree\nagain"


def test_lines_end_within_long_words_alone() -> None:
    told = "features.relu5_3 of storybook-church-256, layer12"
    assert breakable(told) == told  # it can be copied
    assert breakable("W" * 50) == "\u200b".join(("W" * 20, "W" * 20, "W" * 10))


@pytest.mark.parametrize("name", ["W" * 250, "many words " * 22, "<b>" * 80])
def test_a_tool_tip_of_a_long_name_wraps(qtbot: QtBot, name: str) -> None:
    label = QLabel(plain_tip(f"a class\n{name}"))
    qtbot.addWidget(label)
    label.setWordWrap(RichText.mightBeRichText(label.text()))  # as Qt's tips do
    assert label.sizeHint().width() < 700


def test_a_label_of_a_name_takes_the_room_that_there_is(qtbot: QtBot) -> None:
    label = NameLabel(parent := QWidget(), 100)
    qtbot.addWidget(parent)
    label.setText("W" * 250)
    assert label.minimumSizeHint().width() == 100
    assert label.sizeHint().width() < 400
    label.resize(200, 20)
    assert label.shown.endswith("…")
    assert label.fontMetrics().horizontalAdvance(label.shown) <= 200
    assert label.text() == "W" * 250
    assert "W" in label.toolTip()
    label.setText("a\n<b>")
    assert label.shown == "a\\n<b>"
    assert label.toolTip() == ""


@pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none
@pytest.mark.parametrize("editable", [False, True])
def test_the_list_of_a_box_is_no_wider_for_long_names(qtbot: QtBot, editable: bool) -> None:
    box = Combo(Theme())
    qtbot.addWidget(box)
    box.setEditable(editable)
    box.addItems(["farm", "W" * 300])
    box.show()
    box.showPopup()
    popup = box.view().window()
    assert popup is not box.window()
    assert 0 < popup.width() <= max(480, box.width())
    assert box.screen().availableGeometry().contains(popup.geometry())
    box.hidePopup()


def test_names_of_files_are_short_and_have_no_folders() -> None:
    assert file_name("tiny-layer4.relu-farm-sets.png") == "tiny-layer4.relu-farm-sets.png"
    assert file_name("a/../\\b:\n c.png") == "a-..-b-n-c.png"
    assert file_name("/.csv") == "untitled.csv"
    assert len(file_name(f"{chr(0x1F3F0) * 9}{'界' * 300}.svg").encode()) < 250


def test_tables_hold_lines_that_are_no_formulas() -> None:
    rows = [("a\nb", "=1+1", "\ud800", -1.5)]
    assert as_csv(rows) == "a\\nb,'=1+1,\\ud800,-1.5\n"


def test_names_reach_over_no_other_line_and_are_seen() -> None:
    assert readable_name("e" + "\u0301" * 100) == "e" + "\u0301" * 4
    assert readable_name("নিৰ্বাচন, שָׁלוֹם, é") == "নিৰ্বাচন, שָׁלוֹם, é"
    assert readable_name("  ") == r"\x20\x20"
    assert readable_name("a b") == "a b"


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
