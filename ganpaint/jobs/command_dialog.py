"""A dialog whose fields make a command: what it would take is foretold, and it runs as a job."""

import shlex
from collections.abc import Sequence
from typing import Any, Protocol

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
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
from dissection.runtime.progress import Progress
from ganpaint.jobs.inquiry import Inquiry
from ganpaint.jobs.paths import PathLine
from ganpaint.jobs.wording import told_bytes, told_progress, told_time
from ganpaint.toolkit.dialog_size import open_at
from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.theme import GRID

#: Milliseconds without another key after which the network is looked at.
_REST_MS = 600
_FILES = "Networks (*.safetensors *.pth *.pt *.tar);;All files (*)"


class NetworkForm(Protocol):
    """The fields of such a dialog: a network, and what is to be done with it."""

    @property
    def model(self) -> QComboBox:
        """The network's name."""
        ...

    @property
    def browse(self) -> QPushButton:
        """Asks for its file."""
        ...

    @property
    def weights(self) -> PathLine:
        """A file of weights, where the name needs one."""
        ...

    def add_rows(self, rows: Sequence[tuple[str, QWidget | QHBoxLayout]]) -> None:
        """More rows below, in the same columns."""
        ...

    def say_of_layers(self, sentence: str) -> None:
        """Say why there are no layers (yet)."""
        ...


class CommandDialog(QDialog):
    """The part that such dialogs share.

    Args:
        title: of the dialog.
        button: what starts the job.
        kind: what is made, such as "dissection".
        parent: the window.

    Attributes:
        out: the folder for the result.
        forecast: what it would take.
        command: the command line that does the same.
        problem: why it cannot be started.
        start: the button.
    """

    def __init__(self, title: str, button: str, kind: str, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        open_at(self, 680, 640)
        self._own_folder = ""
        self.out = PathLine(f"Folder for the {kind}", parent=self)
        self.forecast = QLabel("", self)
        self.forecast.setWordWrap(True)
        self.foretell = QPushButton("Forecast", self)
        self.foretell.setToolTip("Try a small part, and tell what the whole would take")
        self.command = QLineEdit(self)
        self.command.setReadOnly(True)
        self.command.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.copy = QPushButton("Copy", self)
        self.copy.setToolTip("Copy the command line that does the same")
        self.problem = plain(QLabel(self, wordWrap=True))
        self.problem.setProperty("role", "error")
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.start = self.buttons.addButton(button, QDialogButtonBox.ButtonRole.AcceptRole)
        self.start.setDefault(True)
        self.layers_of, self.trial = Inquiry(self), Inquiry(self)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)

    # What a dialog of this kind tells -------------------------------------------------------------

    def fields(self) -> NetworkForm:
        """Its fields."""
        raise NotImplementedError

    def own_folder(self) -> str:
        """A name for the output folder of what is chosen.

        Raises:
            DissectionError: what is chosen cannot be.
        """
        raise NotImplementedError

    def words(self) -> list[str]:
        """The command line of what is chosen, from the program's name on.

        Raises:
            DissectionError: it cannot be; the sentence says why.
        """
        raise NotImplementedError

    def take_network(self, told: dict[str, Any]) -> None:
        """Show what the network has, as ``dissection layers`` tells it."""
        raise NotImplementedError

    def trouble(self, error: DissectionError) -> str:
        """What is said of what cannot be."""
        return str(error)

    # The dialog -----------------------------------------------------------------------------------

    def done(self, result: int) -> None:
        """However it is closed, nothing goes on behind it."""
        self._rest.stop()
        self.layers_of.withdraw()
        self.trial.withdraw()
        super().done(result)

    def arrange(self, form: QWidget) -> None:
        """Put the fields, and below them what all such dialogs have, in their places."""
        forecast = QHBoxLayout()
        forecast.addWidget(self.foretell)
        forecast.addWidget(self.forecast, 1)
        command = QHBoxLayout()
        command.addWidget(self.command, 1)
        command.addWidget(self.copy)
        self.fields().add_rows(
            (
                ("Output folder", self.out),
                ("It would take", forecast),
                ("Command line", command),
            )
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        area = QScrollArea(self)  # a small screen shows a part of the fields
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(form)
        area.setMinimumWidth(
            form.minimumSizeHint().width() + area.verticalScrollBar().sizeHint().width()
        )
        column.addWidget(area, 1)
        column.addWidget(self.problem)
        column.addWidget(self.buttons)
        self.fields().browse.clicked.connect(self._browse)
        self._rest.timeout.connect(self.look)
        self.out.changed.connect(self.show_command)
        self.layers_of.answered.connect(self.take_network)
        self.layers_of.failed.connect(self.fields().say_of_layers)
        self.foretell.clicked.connect(self._ask_forecast)
        self.trial.told.connect(self._tell_trial)
        self.trial.answered.connect(self._take_forecast)
        self.trial.failed.connect(self._fail_forecast)
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.command.text()))
        self.buttons.rejected.connect(self.reject)

    def look_soon(self) -> None:
        """Look at the network once its name is typed."""
        self._rest.start()

    def look(self) -> None:
        """Ask what layers the network has."""
        fields = self.fields()
        model, weights = fields.model.currentText().strip(), fields.weights.path
        fields.say_of_layers("Looking at the network…" if model else "Name a network.")
        if model:
            more = ["--weights", weights] if weights else []
            self.layers_of.ask(["layers", "--model", model, *more])

    def show_command(self) -> None:
        """Say what is wrong, or show the command line."""
        self.trial.withdraw()
        self.forecast.setText("")
        said = ""
        try:
            if self.out.path in ("", self._own_folder):
                self._own_folder = self.own_folder()
                self.out.line.blockSignals(True)
                self.out.path = self._own_folder
                self.out.line.blockSignals(False)
            self.command.setText(shlex.join(self.words()))
            self.command.setCursorPosition(0)
        except DissectionError as error:
            said = self.trouble(error)
            self.command.setText("")
        self.problem.setText(said)
        self.problem.setVisible(bool(said))
        self.allow(bool(self.command.text()) and not said)

    def allow(self, good: bool) -> None:
        """Whether it can be started."""
        for button in (self.start, self.foretell, self.copy):
            button.setEnabled(good)

    def _browse(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self, "Choose a network", "", _FILES)
        if chosen:
            self.fields().model.setCurrentText(chosen)

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
