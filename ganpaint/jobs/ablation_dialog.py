"""Which classifier's units are taken out, and what they are judged on: asked for and foretold."""

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from ganpaint.jobs.ablation_choice import AblationChoice
from ganpaint.jobs.ablation_form import AblationForm
from ganpaint.jobs.command_dialog import CommandDialog
from ganpaint.toolkit.theme import Theme


class AblationDialog(CommandDialog):
    """Asks for an ablation study.

    Args:
        choice: to begin with, such as that of last time.
        models: names of classifiers that are at hand.
        folder_for: makes a name for the output folder of a choice.
        theme: the one in force.
        parent: the window.

    Signals:
        started(object, object): the ``AblationChoice``, and the arguments of the command.
    """

    started = Signal(object, object)

    def __init__(
        self,
        choice: AblationChoice,
        models: Sequence[str],
        folder_for: Callable[[AblationChoice], Path],
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Ablation study", "Ablate", "ablation", parent)
        self._folder_for = folder_for
        self.form = AblationForm(choice, models, theme, self)
        self.arrange(self.form)
        self.form.changed.connect(self.show_command)
        self.form.model_changed.connect(self.look_soon)
        self.start.clicked.connect(self._begin)
        self.look()
        self.show_command()

    def fields(self) -> AblationForm:
        """See ``CommandDialog``."""
        return self.form

    def own_folder(self) -> str:
        """See ``CommandDialog``."""
        return str(self._folder_for(self.form.choice))

    def words(self) -> list[str]:
        """See ``CommandDialog``."""
        return ["dissection", *self.form.choice.arguments(self.out.path)]

    def take_network(self, told: dict[str, Any]) -> None:
        """See ``CommandDialog``."""
        if told["takes"] == "latents":
            self.form.say_of_layers("This is a generator, which has no classes; name a classifier.")
            return
        self.form.show_layers([(str(n), int(c), int(h), int(w)) for n, c, h, w in told["layers"]])

    def trouble(self, error: Exception) -> str:
        """See ``CommandDialog``."""
        return str(error) if self.form.layers.count() else ""

    def _begin(self) -> None:
        arguments = shlex.split(self.command.text())[1:]
        choice = self.form.choice
        self.accept()
        self.started.emit(choice, arguments)
