"""The form of *Ablation study*: a classifier, a layer, and pictures to rank and to judge on."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from ganpaint.toolkit.theme import GRID

#: What stands in the form at first: the bundled classifier, as far as that ships.
FIRST = ("storybook-scenes", "features.relu5_3", "storybook:scenes", "storybook:scenes")


class StudyDialog(QDialog):
    """Asks what ``dissection ablate`` needs.

    Args:
        first: model, layer, pictures to rank on, and pictures to judge on.
        out: folder for the result.
        parent: the window.
    """

    def __init__(self, first: Sequence[str], out: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Ablation study")
        self.resize(560, 300)
        said = QLabel(
            "Takes every unit of a layer out, ranks the units for each class on training pictures "
            "and judges the most important ones on held-out pictures. It runs behind the window "
            "and can be stopped and resumed.",
            self,
            wordWrap=True,
        )
        self.model, self.layer, self.train, self.held_out = (
            QLineEdit(text, self) for text in first
        )
        self.out = QLineEdit(str(out), self)
        self.model.setToolTip("A bundled classifier, the file of one, or torchvision:NAME")
        pictures = "A folder with one folder of pictures for each class, or storybook:scenes"
        form = QFormLayout()
        form.setSpacing(GRID)
        for name, line, tip in (
            ("Classifier", self.model, self.model.toolTip()),
            ("Layer", self.layer, "Whose units are taken out, such as features.relu5_3"),
            ("Training pictures", self.train, f"{pictures}: ranks the units"),
            ("Held-out pictures", self.held_out, f"{pictures}: judges them"),
            ("Output folder", self.out, "Where the result goes; a new or empty folder"),
        ):
            line.setToolTip(tip)
            line.textChanged.connect(self._check)
            form.addRow(name, line)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.start = buttons.addButton("Start", QDialogButtonBox.ButtonRole.AcceptRole)
        self.start.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(said)
        column.addLayout(form)
        column.addWidget(buttons)
        self._check()

    @property
    def arguments(self) -> list[str]:
        """Of the command line of ``dissection``."""
        words = ["ablate", "--model", self.model.text().strip()]
        words += ["--layer", self.layer.text().strip(), "--train", self.train.text().strip()]
        return [*words, "--val", self.held_out.text().strip(), "--out", self.out.text().strip()]

    def _check(self) -> None:
        lines = (self.model, self.layer, self.train, self.held_out, self.out)
        self.start.setEnabled(all(line.text().strip() for line in lines))
