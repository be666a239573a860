"""What is done with a dissection that is there: asked for in small forms."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from ganpaint.jobs.layer_list import LayerList
from ganpaint.jobs.paths import PathLine
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.dialog_size import open_at
from ganpaint.toolkit.plain import breakable, plain
from ganpaint.toolkit.theme import GRID, Theme

#: Name, units, height and width of a layer.
Layer = tuple[str, int, int, int]


class TaskDialog(QDialog):
    """A form whose fields make the arguments of a command.

    Args:
        title: of the dialog and of its button.
        said: what it does, one or two sentences.
        folder: of the dissection.
        model: of the network that was dissected.
        layers: that the dissection has.
        parent: the window.
    """

    def __init__(
        self,
        title: str,
        said: str,
        folder: Path,
        model: str,
        layers: Sequence[Layer],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        open_at(self, 520, 480)
        self.folder, self.model = folder, model
        text = plain(QLabel(self, wordWrap=True))
        text.setText(breakable(said))
        self.layers = LayerList(self)
        self.layers.fill(layers, [name for name, *_ in layers], ())
        self.form = QFormLayout()
        self.form.setSpacing(GRID)
        self.form.addRow("Layers", self.layers)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.start = buttons.addButton("Start", QDialogButtonBox.ButtonRole.AcceptRole)
        self.start.setDefault(True)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(text)
        column.addLayout(self.form)
        column.addWidget(buttons)
        self.layers.ticked.connect(self._show)

    @property
    def arguments(self) -> list[str]:
        """Of the command line of ``dissection``."""
        raise NotImplementedError

    def path_line(self, label: str, path: Path, title: str, kinds: str = "") -> PathLine:
        """Add a line for where the result goes; without a place there is no start."""
        line = PathLine(title, folder=not kinds, kinds=kinds, saving=True, parent=self)
        line.path = str(path)
        line.changed.connect(self._show)
        self.form.addRow(label, line)
        return line

    def count(self, label: str, value: int, tip: str, least: int = 1) -> QSpinBox:
        """Add a number."""
        box = QSpinBox(self, minimum=least, maximum=1_000_000, value=value)
        box.lineEdit().setTextMargins(GRID - 2, 0, 0, 0)  # the style sheet gives them none
        box.setToolTip(tip)
        self.form.addRow(label, box)
        return box

    def chosen_layers(self) -> list[str]:
        """The option that names the layers, where they are not all."""
        chosen = self.layers.chosen
        return [] if chosen == self.layers.names else ["--layers", ",".join(chosen)]

    def _show(self) -> None:
        lines = self.findChildren(PathLine)
        self.start.setEnabled(bool(self.layers.chosen) and all(line.path for line in lines))


class StrengthsDialog(TaskDialog):
    """The form of *Measure the brushes anew*."""

    def __init__(
        self,
        folder: Path,
        model: str,
        layers: Sequence[Layer],
        out: Path,
        parent: QWidget | None = None,
    ) -> None:
        said = (
            "Tries the brushes of these layers on held-out pictures: how much of a concept they "
            "erase and draw, and what changes elsewhere. What is stored of other layers stays."
        )
        super().__init__("Measure the brushes anew", said, folder, model, layers, parent)
        self.latents = self.count("Latents", 48, "Held-out pictures that the best are tried on")
        self.out = self.path_line("Output folder", out, "Folder for the dissection")

    @property
    def arguments(self) -> list[str]:
        """See ``TaskDialog``."""
        words = ["strengths", str(self.folder), "--model", self.model, *self.chosen_layers()]
        return [*words, "--size", str(self.latents.value()), "--out", self.out.path]


class SingleUnitsDialog(TaskDialog):
    """The form of *Measured effect of single units*."""

    def __init__(
        self,
        folder: Path,
        model: str,
        layers: Sequence[Layer],
        out: Path,
        parent: QWidget | None = None,
    ) -> None:
        said = (
            "Switches units off one by one, counts what every concept loses, and compares that "
            "with the effect and the IoU that the dissection tells."
        )
        super().__init__("Measured effect of single units", said, folder, model, layers, parent)
        self.units = self.count("Units of each layer", 64, "Drawn at random; 0 takes all", least=0)
        self.latents = self.count("Latents", 16, "Pictures that every unit is tried on")
        kinds = "Figures (*.json)"
        self.out = self.path_line("File of figures", out, "File for the figures", kinds)

    @property
    def arguments(self) -> list[str]:
        """See ``TaskDialog``."""
        out = Path(self.out.path)
        words = ["check", "effect", str(self.folder), "--model", self.model, *self.chosen_layers()]
        words += ["--units", str(self.units.value()), "--size", str(self.latents.value())]
        return [*words, "--out", str(out), "--work", str(out.with_name(f"{out.stem}-work"))]


class ExportDialog(TaskDialog):
    """The form of *Export report*."""

    def __init__(
        self,
        folder: Path,
        model: str,
        layers: Sequence[Layer],
        out: Path,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        said = "Writes what every unit matches as one page with pictures, or as tables."
        super().__init__("Export report", said, folder, model, layers, parent)
        self.format = Combo(theme, self)
        self.format.addItem("One page, to read and to sort (HTML)", "html")
        self.format.addItem("Tables of units and concepts (CSV)", "csv")
        self.form.addRow("Format", self.format)
        kinds = "Reports (*.html *.csv)"
        self.out = self.path_line("File", out.with_suffix(".html"), "File for the report", kinds)
        self.format.currentIndexChanged.connect(self._follow)

    @property
    def arguments(self) -> list[str]:
        """See ``TaskDialog``."""
        kind = self.format.currentData()
        words = ["export", str(self.folder), f"--{kind}", self.out.path, *self.chosen_layers()]
        return words if kind == "csv" or not self.model else [*words, "--model", self.model]

    def _follow(self) -> None:
        path = Path(self.out.path) if self.out.path else Path("report")
        self.out.path = str(path.with_suffix(f".{self.format.currentData()}"))
