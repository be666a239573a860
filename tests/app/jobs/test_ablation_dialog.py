"""The dialog of *Ablation study*: the same as that of *Dissect a network*, with other fields."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ganpaint.jobs.ablation_choice import AblationChoice
from ganpaint.jobs.ablation_dialog import AblationDialog
from ganpaint.jobs.inquiry import Inquiry
from ganpaint.toolkit.theme import Theme

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support")  # the screen that is none
LAYERS = [["features.relu4_3", 8, 4, 4], ["features.relu5_3", 8, 2, 2], ["pool", 8, 1, 1]]


class Answers(Inquiry):
    """Answers at once, in place of a process."""

    def __init__(self, parent: object = None) -> None:
        super().__init__()
        self.asked: list[list[str]] = []

    def ask(self, arguments: Sequence[str]) -> None:
        self.asked.append(list(arguments))
        if arguments[0] == "layers":
            takes = "latents" if "gan" in arguments[2] else "pictures"
            self.answered.emit({"name": "x", "takes": takes, "layers": LAYERS})
        else:
            stages = {"training units": 60.0, "sets": 30.0}
            self.answered.emit(
                {"seconds": 90.0, "stages": stages, "memory": 1e9, "disk": 3e8, "free": 1e10}
            )


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AblationDialog:
    monkeypatch.setattr("ganpaint.jobs.command_dialog.Inquiry", Answers)
    made = AblationDialog(
        AblationChoice(), ["storybook-scenes"], lambda c: tmp_path / c.layer, Theme()
    )
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_begins_with_the_bundled_classifier(dialog: AblationDialog, tmp_path: Path) -> None:
    assert dialog.form.choice == AblationChoice()
    assert dialog.out.path == str(tmp_path / "features.relu5_3")
    assert dialog.start.isEnabled()
    assert shlex.split(dialog.command.text()) == [
        "dissection", "ablate", "--model", "storybook-scenes", "--layer", "features.relu5_3",
        "--train", "storybook:scenes", "--val", "storybook:scenes",
        "--out", str(tmp_path / "features.relu5_3"),
    ]  # fmt: skip


def test_everything_that_is_chosen_is_in_the_command(
    dialog: AblationDialog, tmp_path: Path
) -> None:
    form = dialog.form
    form.layers.item(0).setCheckState(Qt.CheckState.Checked)
    assert form.layers.chosen == ("features.relu4_3",), "one layer at a time"
    form.train.path, form.held_out.path = "places/train", "places/val"
    form.train_size.setValue(500)
    form.held_out_size.setValue(200)
    form.replacement.setCurrentIndex(form.replacement.findData("mean"))
    form.curves.setChecked(True)
    assert shlex.split(dialog.command.text())[1:] == [
        "ablate", "--model", "storybook-scenes", "--layer", "features.relu4_3",
        "--train", "places/train", "--val", "places/val", "--train-size", "500",
        "--val-size", "200", "--replacement", "mean", "--curves", "all",
        "--out", str(tmp_path / "features.relu4_3"),
    ]  # fmt: skip
    kept = vars(form.choice)
    assert AblationChoice.from_json(kept) == form.choice
    assert AblationChoice.from_json({"layer": 5, "train": "here"}) == AblationChoice(train="here")
    assert AblationChoice.from_json("nonsense") == AblationChoice()


def test_what_cannot_be_is_said(dialog: AblationDialog, qtbot: QtBot) -> None:
    dialog.form.held_out.path = ""
    assert "judge the units" in dialog.problem.text()
    assert not dialog.start.isEnabled()
    dialog.form.held_out.path = "places/val"
    assert dialog.start.isEnabled()
    dialog.form.layers.choose(())
    assert dialog.problem.text() == "Tick the layer whose units are taken out."
    dialog.form.model.setCurrentText("some-gan.pth")
    qtbot.waitUntil(lambda: "generator" in dialog.form.layers_said.text(), timeout=5_000)
    assert not dialog.start.isEnabled()
    assert not dialog.problem.text()


def test_a_forecast_is_told(dialog: AblationDialog) -> None:
    dialog.foretell.click()
    assert "training units" in dialog.forecast.text()
    assert "About 2 min" in dialog.forecast.text()
    assert isinstance(dialog.trial, Answers)
    assert dialog.trial.asked[0][-1] == "--forecast"
    told = dialog.forecast.text()
    dialog.out.path = str(Path(dialog.out.path).parent / "elsewhere")  # that changes nothing of it
    assert dialog.forecast.text() == told
    assert "elsewhere" in dialog.command.text()
    dialog.form.train_size.setValue(7)  # it was of another choice
    assert dialog.forecast.text() == ""


def test_it_hands_over_the_arguments(dialog: AblationDialog, qtbot: QtBot) -> None:
    with qtbot.waitSignal(dialog.started) as given:
        dialog.start.click()
    assert given.args[0] == AblationChoice()
    assert given.args[1][0] == "ablate"
    assert not dialog.isVisible()
