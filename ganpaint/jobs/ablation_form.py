"""The fields of an ``AblationChoice`` as a form."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from dissection.errors import BadInputError
from ganpaint.jobs.ablation_choice import STORYBOOK, AblationChoice
from ganpaint.jobs.layer_list import LayerList
from ganpaint.jobs.paths import PathLine
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.theme import GRID, Theme

_MOST, _NUMBER_PX = 1_000_000, 120
_REPLACEMENTS = (
    ("zero, as published", "zero"),
    ("their mean", "mean"),
    ("their values on another picture", "other"),
)
_PICTURES = f"A folder with one folder of pictures for each class, or {STORYBOOK}"


class AblationForm(QWidget):
    """The fields of an ``AblationChoice``.

    Args:
        choice: to begin with.
        models: names of classifiers that are at hand.
        theme: the one in force.
        parent: the dialog.

    Signals:
        changed: any field.
        model_changed: another network is named.
    """

    changed = Signal()
    model_changed = Signal()

    def __init__(
        self, choice: AblationChoice, models: Sequence[str], theme: Theme, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._given = choice
        self.model = Combo(theme, self)
        self.model.setEditable(True)
        self.model.setInsertPolicy(Combo.InsertPolicy.NoInsert)
        self.model.addItems(list(dict.fromkeys([*models, choice.model])))
        self.model.setCurrentText(choice.model)
        self.model.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.model.setToolTip(
            "A bundled classifier, a file, torchvision:NAME, or package.module:factory of your own"
        )
        self.browse = QPushButton("Browse…", self)
        self.weights = PathLine("File of weights", folder=False, parent=self)
        self.weights.path = choice.weights
        self.layers = LayerList(self)
        self.layers_said = plain(QLabel(self, wordWrap=True))
        self.layers_said.setProperty("role", "muted")
        self.train, self.held_out = (
            PathLine("Folder of pictures, a folder for each class", parent=self) for _ in range(2)
        )
        self.train.path, self.held_out.path = choice.train, choice.held_out
        self.train_size, self.held_out_size = (
            QSpinBox(self, minimum=0, maximum=_MOST, value=size)
            for size in (choice.train_size, choice.held_out_size)
        )
        self.replacement = Combo(theme, self)
        for words, name in _REPLACEMENTS:
            self.replacement.addItem(words, name)
        self.replacement.setCurrentIndex(max(0, self.replacement.findData(choice.replacement)))
        self.replacement.setMinimumWidth(230)
        self.curves = QPushButton("Curves of all classes", self)
        self.curves.setCheckable(True)
        self.curves.setChecked(choice.curves)
        self._arrange()
        self._connect()

    @property
    def choice(self) -> AblationChoice:
        """What is chosen.

        Raises:
            BadInputError: it cannot be; the sentence says why.
        """
        chosen = self.layers.chosen
        if len(chosen) != 1:
            raise BadInputError("Tick the layer whose units are taken out.")
        for line, what in ((self.train, "rank"), (self.held_out, "judge")):
            if not line.path:
                raise BadInputError(f"Name the pictures that {what} the units, or {STORYBOOK}.")
        return AblationChoice(
            self.model.currentText().strip(),
            self.weights.path if self.weights.isVisibleTo(self) else "",
            chosen[0],
            self.train.path,
            self.held_out.path,
            self.train_size.value(),
            self.held_out_size.value(),
            self.replacement.currentData(),
            self.curves.isChecked(),
        )

    def show_layers(self, layers: Sequence[tuple[str, int, int, int]]) -> None:
        """Show what the network has; the layer of before stays, or the last one is ticked."""
        names = [name for name, *_ in layers]
        wanted = next(iter(self.layers.chosen), self._given.layer)
        if wanted not in names:
            maps = [name for name, _, height, _ in layers if height > 1]
            wanted = next(reversed(maps), names[-1] if names else "")
        self.layers.fill(layers, [wanted], ())
        self.layers_said.hide()
        self.changed.emit()

    def say_of_layers(self, sentence: str) -> None:
        """Say why there are no layers (yet)."""
        self.layers.fill((), (), ())
        self.layers_said.setText(sentence)
        self.layers_said.show()

    def add_rows(self, rows: Sequence[tuple[str, QWidget | QHBoxLayout]]) -> None:
        """More rows below, in the same columns."""
        for label, field in rows:
            if isinstance(field, QWidget):
                self._form.addRow(label, field)
            else:
                self._form.addRow(label, field)

    def _only(self, item: QListWidgetItem) -> None:
        """One layer at a time."""
        if item.checkState() == Qt.CheckState.Checked:
            self.layers.choose([self.layers.names[self.layers.row(item)]])

    def _take_model(self) -> None:
        model = self.model.currentText()
        self._form.setRowVisible(self.weights, ":" in model and not model.startswith("/"))
        self.model_changed.emit()
        self.changed.emit()

    def _connect(self) -> None:
        self.model.currentTextChanged.connect(self._take_model)
        self.weights.changed.connect(self._take_model)
        self.layers.itemChanged.connect(self._only)
        self.layers.ticked.connect(self.changed)
        for line in (self.train, self.held_out):
            line.changed.connect(self.changed)
        for spin in (self.train_size, self.held_out_size):
            spin.valueChanged.connect(lambda: self.changed.emit())
        self.replacement.currentIndexChanged.connect(lambda: self.changed.emit())
        self.curves.toggled.connect(lambda _: self.changed.emit())

    def _arrange(self) -> None:
        network = QHBoxLayout()
        network.setSpacing(GRID // 2)
        network.addWidget(self.model, 1)
        network.addWidget(self.browse)
        layers = QVBoxLayout()
        layers.setSpacing(GRID // 2)
        layers.addWidget(self.layers)
        layers.addWidget(self.layers_said)
        self._form = form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(GRID)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow("Classifier", network)
        form.addRow("Weights", self.weights)
        form.addRow("Layer", layers)
        for label, line, spin, tip in (
            ("Training pictures", self.train, self.train_size, "ranks the units"),
            ("Held-out pictures", self.held_out, self.held_out_size, "judges them"),
        ):
            line.line.setToolTip(f"{_PICTURES}: {tip}")
            line.line.setPlaceholderText(STORYBOOK)
            spin.setFixedWidth(_NUMBER_PX)
            spin.setSpecialValueText("all, or as usual")
            spin.setToolTip("How many of them; all, of scenes 40 and 25 of each class")
            spin.lineEdit().setTextMargins(GRID - 2, 0, 0, 0)  # the style sheet gives them none
            row = QHBoxLayout()
            row.setSpacing(GRID)
            row.addWidget(line, 1)
            row.addWidget(spin)
            form.addRow(label, row)
        units = QHBoxLayout()
        units.setSpacing(GRID)
        units.addWidget(self.replacement)
        units.addWidget(self.curves)
        units.addStretch(1)
        self.replacement.setToolTip("What a unit that is taken out is set to")
        self.curves.setToolTip(
            "Follow every class over every number of units; takes longer, and the window can do "
            "it for one class at a time"
        )
        form.addRow("Units are set to", units)
        self._take_model()
