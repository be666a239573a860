"""What is dissected, how, and where it goes: asked for, foretold, and handed over as settings."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialogButtonBox, QWidget

from dissection.errors import DissectionError
from dissection.measurement.settings import DissectionSettings
from ganpaint.jobs.command_dialog import CommandDialog
from ganpaint.jobs.dissect_form import DissectForm
from ganpaint.toolkit.theme import Theme

_PAUSE_SECONDS = 30.0


class DissectDialog(CommandDialog):
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
        super().__init__("Dissect a network", "Dissect", "dissection", parent)
        self._folder_for, self._done = folder_for, done
        self.form = DissectForm(settings, models, theme, self)
        action = QDialogButtonBox.ButtonRole.ActionRole
        self.try_it = self.buttons.addButton("Try it", action)
        self.try_it.setToolTip(
            "Dissect for 30 seconds, look at the units so far, and then go on if you like"
        )
        self.arrange(self.form)
        self.form.changed.connect(self.show_command)
        self.form.model_changed.connect(self.look_soon)
        self.start.clicked.connect(lambda: self._begin(0.0))
        self.try_it.clicked.connect(lambda: self._begin(_PAUSE_SECONDS))
        self.look()
        self.show_command()

    def fields(self) -> DissectForm:
        """See ``CommandDialog``."""
        return self.form

    def own_folder(self) -> str:
        """See ``CommandDialog``."""
        return str(self._folder_for(self.form.settings))

    def words(self) -> list[str]:
        """See ``CommandDialog``."""
        return shlex.split(self.form.settings.command_line(self.out.path))

    def take_network(self, told: dict[str, Any]) -> None:
        """See ``CommandDialog``."""
        layers = [(str(n), int(c), int(h), int(w)) for n, c, h, w in told["layers"]]
        done = self._done(self.form.model.currentText().strip())
        self.form.show_network(str(told["takes"]), layers, done)

    def trouble(self, error: DissectionError) -> str:
        """See ``CommandDialog``."""
        if not self.form.layers.count():
            return ""
        return str(error) if self.form.layers.chosen else "Tick at least one layer."

    def allow(self, good: bool) -> None:
        """See ``CommandDialog``."""
        super().allow(good)
        self.try_it.setEnabled(good)

    def _begin(self, pause_after: float) -> None:
        settings = self.form.settings
        self.accept()
        self.started.emit(settings, self.out.path, pause_after)
