"""Asks how an experiment is to be run, and gives the command line that does it."""

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dissection.errors import DissectionError
from dissection.experiments.experiment import Experiment
from dissection.experiments.settings import SIZES, SettingField
from dissection.experiments.store import can_hold_result
from ganpaint.experiments.settings_form import SettingsForm
from ganpaint.jobs.paths import PathLine
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.dialog_size import open_at
from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.theme import GRID, Theme

_SIZES = {"quick": "A quick look", "default": "Default", "paper": "As published"}


class RunDialog(QDialog):
    """The form of one experiment.

    Args:
        experiment: which.
        given: values of fields to begin with, such as the generator in use.
        offers: names that can be chosen for fields of a kind.
        out: folder for the result.
        theme: the one in force.
        size: to begin with.
        parent: the window.
    """

    def __init__(
        self,
        experiment: Experiment,
        given: Mapping[str, Any],
        offers: Callable[[SettingField], Sequence[str]],
        out: Path,
        theme: Theme,
        size: str = "default",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.experiment = experiment
        self.setWindowTitle(f"Run: {experiment.title}")
        open_at(self, 640, 620)
        about = plain(QLabel(f"{experiment.idea} {experiment.takes}".strip(), self, wordWrap=True))
        self.size_box = Combo(theme, self)
        for name in SIZES:
            self.size_box.addItem(_SIZES[name], name)
        self.form = SettingsForm(experiment.settings, offers, theme, self)
        self.out = PathLine("Folder for the result", parent=self)
        self.out.path = str(out)
        self.command = QLineEdit(self, readOnly=True)
        self.command.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.copy = QPushButton("Copy", self)
        self.copy.setToolTip("Copy the command line that does the same")
        self.problem = plain(QLabel(self, wordWrap=True))
        self.problem.setProperty("role", "error")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.start = buttons.addButton("Run", QDialogButtonBox.ButtonRole.AcceptRole)
        self.start.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._arrange(about, buttons)
        self.size_box.setCurrentIndex(self.size_box.findData(size))
        self.form.use_size(self.size_box.currentData())
        self.form.fill(given)
        self.size_box.currentIndexChanged.connect(
            lambda: self.form.use_size(self.size_box.currentData())
        )
        self.form.changed.connect(self._show)
        self.out.changed.connect(self._show)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.command.text()))
        self._show()

    @property
    def arguments(self) -> list[str]:
        """Of the command line of ``dissection``.

        Raises:
            BadInputError: a setting cannot be.
        """
        words = self.form.settings.arguments(self.size_box.currentData())
        return ["experiment", self.experiment.name, *words, "--out", self.out.path]

    def _arrange(self, about: QLabel, buttons: QDialogButtonBox) -> None:
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(self.form)
        command = QHBoxLayout()
        command.addWidget(self.command, 1)
        command.addWidget(self.copy)
        top, bottom = QFormLayout(), QFormLayout()
        for form in (top, bottom):
            form.setSpacing(GRID)
        top.addRow("Size", self.size_box)
        bottom.addRow("Output folder", self.out)
        bottom.addRow("Command line", command)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(about)
        column.addLayout(top)
        column.addWidget(area, 1)
        column.addLayout(bottom)
        column.addWidget(self.problem)
        column.addWidget(buttons)

    def _show(self) -> None:
        """Say what is wrong, or show the command line."""
        said = ""
        try:
            words = self.arguments
            if not self.out.path:
                said = "Name a folder for the result."
            else:
                can_hold_result(self.out.path)
        except DissectionError as error:
            words, said = [], str(error)
        self.command.setText(shlex.join(["dissection", *words]) if words and not said else "")
        self.command.setCursorPosition(0)
        self.problem.setText(said)
        self.problem.setVisible(bool(said))
        for button in (self.start, self.copy):
            button.setEnabled(not said)
