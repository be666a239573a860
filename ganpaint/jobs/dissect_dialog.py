"""What is dissected, how, and where it goes: asked for, foretold, and handed over as settings."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dissection.errors import DissectionError
from dissection.measurement.settings import DissectionSettings
from dissection.runtime.progress import Progress
from ganpaint.jobs.dissect_form import IMAGES, LABELS, DissectForm
from ganpaint.jobs.inquiry import Inquiry
from ganpaint.jobs.paths import PathLine
from ganpaint.jobs.wording import told_bytes, told_progress, told_time
from ganpaint.toolkit.theme import GRID, Theme

#: Milliseconds without another key after which the network is looked at.
_REST_MS = 600
_PAUSE_SECONDS = 30.0
_FILES = "Networks (*.safetensors *.pth *.pt *.tar);;All files (*)"


class DissectDialog(QDialog):
    """Asks for the settings of a dissection.

    Args:
        settings: to begin with, such as those of last time.
        models: names of networks that are at hand.
        folder_for: makes a name for the output folder of settings.
        theme: the one in force.
        done: layers that are measured already, of a network by name.
        parent: the window.

    Signals:
        started(object, str, float): ``DissectionSettings``, the output folder, and the seconds
            after which it is to pause, 0 for never.
    """

    started = Signal(object, str, float)

    def __init__(
        self,
        settings: DissectionSettings,
        models: Sequence[str],
        folder_for: Callable[[DissectionSettings], Path],
        theme: Theme,
        done: Callable[[str], Sequence[str]] = lambda _: (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Dissect a network")
        self.resize(680, 640)
        self._folder_for, self._done = folder_for, done
        self._own_folder = ""
        self.form = DissectForm(settings, models, theme, self)
        self.out = PathLine("Folder for the dissection", parent=self)
        self.forecast = QLabel("", self)
        self.forecast.setWordWrap(True)
        self.foretell = QPushButton("Forecast", self)
        self.foretell.setToolTip("Try a small part, and tell what the whole would take")
        self.command = QLineEdit(self)
        self.command.setReadOnly(True)
        self.command.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.copy = QPushButton("Copy", self)
        self.copy.setToolTip("Copy the command line that does the same")
        self.problem = QLabel(self)
        self.problem.setWordWrap(True)
        self.problem.setProperty("role", "error")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        accept = QDialogButtonBox.ButtonRole.AcceptRole
        self.try_it = self.buttons.addButton("Try it", QDialogButtonBox.ButtonRole.ActionRole)
        self.try_it.setToolTip(
            "Dissect for 30 seconds, look at the units so far, and then go on if you like"
        )
        self.start = self.buttons.addButton("Dissect", accept)
        self.start.setDefault(True)
        self.layers_of, self.trial = Inquiry(self), Inquiry(self)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._arrange()
        self._connect()
        self._look()
        self._show()

    def choose_pictures(self, labeled: bool = False) -> None:
        """Begin with what classifiers take."""
        self.form.kind.setCurrentIndex(self.form.kind.findData(LABELS if labeled else IMAGES))

    def done(self, result: int) -> None:
        """However it is closed, nothing goes on behind it."""
        self._rest.stop()
        self.layers_of.withdraw()
        self.trial.withdraw()
        super().done(result)

    def _arrange(self) -> None:
        forecast = QHBoxLayout()
        forecast.addWidget(self.foretell)
        forecast.addWidget(self.forecast, 1)
        command = QHBoxLayout()
        command.addWidget(self.command, 1)
        command.addWidget(self.copy)
        self.form.add_rows(
            (
                ("Output folder", self.out),
                ("It would take", forecast),
                ("Command line", command),
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(self.form, 1)
        column.addWidget(self.problem)
        column.addWidget(self.buttons)

    def _connect(self) -> None:
        form = self.form
        form.changed.connect(self._show)
        form.model_changed.connect(self._rest.start)
        form.browse.clicked.connect(self._browse)
        self._rest.timeout.connect(self._look)
        self.out.changed.connect(self._show)
        self.layers_of.answered.connect(self._take_network)
        self.layers_of.failed.connect(form.say_of_layers)
        self.foretell.clicked.connect(self._ask_forecast)
        self.trial.told.connect(self._tell_trial)
        self.trial.answered.connect(self._take_forecast)
        self.trial.failed.connect(self._fail_forecast)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.command.text()))
        self.buttons.rejected.connect(self.reject)
        self.start.clicked.connect(lambda: self._begin(0.0))
        self.try_it.clicked.connect(lambda: self._begin(_PAUSE_SECONDS))

    def _browse(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Network to dissect", "", _FILES)
        if chosen:
            self.form.model.setCurrentText(chosen)

    def _look(self) -> None:
        """Ask what layers the network has."""
        model, weights = self.form.model.currentText().strip(), self.form.weights.path
        self.form.say_of_layers("Looking at the network…" if model else "Name a network.")
        if model:
            more = ["--weights", weights] if weights else []
            self.layers_of.ask(["layers", "--model", model, *more])

    def _take_network(self, told: dict[str, Any]) -> None:
        layers = [(str(n), int(c), int(h), int(w)) for n, c, h, w in told["layers"]]
        done = self._done(self.form.model.currentText().strip())
        self.form.show_network(str(told["takes"]), layers, done)

    def _show(self) -> None:
        """Say what is wrong, or show the command line."""
        self.trial.withdraw()
        self.forecast.setText("")
        said = ""
        try:
            settings = self.form.settings
            if self.out.path in ("", self._own_folder):
                self._own_folder = str(self._folder_for(settings))
                self.out.line.blockSignals(True)
                self.out.path = self._own_folder
                self.out.line.blockSignals(False)
            self.command.setText(settings.command_line(self.out.path))
            self.command.setCursorPosition(0)
        except DissectionError as error:
            said = str(error) if self.form.layers.count() else ""
            if not self.form.layers.chosen and self.form.layers.count():
                said = "Tick at least one layer."
            self.command.setText("")
        good = bool(self.command.text()) and not said
        self.problem.setText(said)
        self.problem.setVisible(bool(said))
        for button in (self.start, self.try_it, self.foretell, self.copy):
            button.setEnabled(good)

    def _ask_forecast(self) -> None:
        words = shlex.split(self.command.text())[1:]
        self.forecast.setText("Trying a small part…")
        self.trial.ask([*words, "--forecast"])

    def _tell_trial(self, progress: Progress) -> None:
        self.forecast.setText(told_progress(progress))

    def _take_forecast(self, told: dict[str, Any]) -> None:
        stages = ", ".join(f"{name} {told_time(s)}" for name, s in told["stages"].items())
        text = (
            f"About {told_time(told['seconds'])} ({stages}); "
            f"{told_bytes(told['memory'])} of memory, "
            f"{told_bytes(told['disk'])} on the disk meanwhile"
        )
        if told["disk"] > told["free"]:
            free = told_bytes(told["free"])
            text += f", where only {free} are free: take a smaller sample"
        self.forecast.setText(f"{text}.")

    def _fail_forecast(self, sentence: str) -> None:
        self.forecast.setText(sentence)

    def _begin(self, pause_after: float) -> None:
        settings = self.form.settings
        self.accept()
        self.started.emit(settings, self.out.path, pause_after)
