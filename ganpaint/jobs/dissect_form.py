"""The fields of ``DissectionSettings`` as a form."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from dissection.measurement.settings import DissectionSettings
from ganpaint.jobs.layer_list import LayerList
from ganpaint.jobs.paths import PathLine
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.theme import GRID, Theme

SEGMENTERS = ("storybook", "storybook+colors", "storybook+colors+halves", "colors", "netpqc")
DEVICES = ("auto", "cpu", "cuda", "mps")
_MOST = 1_000_000
_NUMBER_PX = 120
#: What the sample is made of.
LATENTS, IMAGES, LABELS = "latents", "images", "labels"


class DissectForm(QWidget):
    """Asks for what a dissection needs; whatever it does not ask for stays as it was given.

    Args:
        settings: to begin with.
        models: names of networks that are at hand.
        theme: the one in force.
        parent: the dialog.

    Signals:
        changed: any field.
        model_changed: another network is named.
    """

    changed = Signal()
    model_changed = Signal()

    def __init__(
        self,
        settings: DissectionSettings,
        models: Sequence[str],
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._given = settings
        self._takes = ""
        self.model = _words(self, theme, (*models, settings.model), settings.model)
        self.model.setToolTip(
            "A bundled name, a file, torchvision:NAME, or package.module:factory of your own"
        )
        self.browse = QPushButton("Browse…", self)
        self.weights = PathLine("File of weights", folder=False, parent=self)
        self.weights.path = settings.weights or ""
        self.layers = LayerList(self)
        self.layers_said = plain(QLabel(self, wordWrap=True))
        self.layers_said.setProperty("role", "muted")
        self.segmenter = _words(self, theme, SEGMENTERS, settings.segmenter or "storybook")
        self.kind = Combo(theme, self)
        self.kind.addItem("Latents: the network makes the pictures", LATENTS)
        self.kind.addItem("A folder of pictures", IMAGES)
        self.kind.addItem("Labeled pictures", LABELS)
        self.kind.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.images = PathLine("Folder of pictures", parent=self)
        self.images.path = settings.images or ""
        self.labels = PathLine("Folder of labeled pictures", parent=self)
        self.labels.path = settings.labels or ""
        self.labels.line.setPlaceholderText("broden:FOLDER, maps:FOLDER or storybook:churches")
        self.sample_size = QSpinBox(self, minimum=1, maximum=_MOST, value=settings.size)
        self.quantile = QDoubleSpinBox(self, minimum=0.0001, maximum=0.9999, decimals=4)
        self.quantile.setSingleStep(0.005)
        self.quantile.setValue(settings.quantile)
        self.effects = QSpinBox(self, minimum=-1, maximum=_MOST)
        self.effects.setSpecialValueText("as usual")
        self.effects.setValue(-1 if settings.effect_size is None else settings.effect_size)
        self.strengths = QSpinBox(self, minimum=0, maximum=10_000, value=settings.strength_size)
        self.device = Combo(theme, self)
        for name in dict.fromkeys((*DEVICES, settings.device or DEVICES[0])):
            self.device.addItem(name, name)
        self.device.setCurrentIndex(max(0, self.device.findData(settings.device)))
        self.batch = QSpinBox(self, minimum=1, maximum=4096, value=settings.batch)
        self.workers = QSpinBox(self, minimum=0, maximum=64, value=settings.workers)
        kinds = {True: LABELS, False: IMAGES if settings.images else LATENTS}
        self.kind.setCurrentIndex(self.kind.findData(kinds[settings.labels is not None]))
        self._arrange()
        self._connect()
        self._show_kind()

    @property
    def settings(self) -> DissectionSettings:
        """What is chosen.

        Raises:
            BadInputError: it cannot be; the sentence says why.
        """
        kind, model = self.kind.currentData(), self.model.currentText().strip()
        segmenter = self.segmenter.currentText().strip()
        plain = segmenter in ("", "storybook") or kind == LABELS
        chosen = self.layers.chosen
        return replace(
            self._given,
            model=model,
            weights=self.weights.path or None,
            layers=chosen,
            pictures=tuple(name for name in self._given.pictures if name in chosen),
            segmenter=None if plain else segmenter,
            images=self.images.path if kind == IMAGES else None,
            labels=self.labels.path if kind == LABELS else None,
            size=self.sample_size.value(),
            quantile=round(self.quantile.value(), 4),
            effect_size=None if self.effects.value() < 0 else self.effects.value(),
            strength_size=self.strengths.value(),
            device=self.device.currentData(),
            batch=self.batch.value(),
            workers=self.workers.value(),
        ).useful()

    @property
    def takes(self) -> str:
        """What the network takes: "latents", "pictures", or nothing where that is not known."""
        return self._takes

    def show_network(
        self, takes: str, layers: Sequence[tuple[str, int, int, int]], done: Sequence[str]
    ) -> None:
        """Show what the network has; only samples that it takes stay on offer."""
        self._takes = takes
        before = self.layers.chosen or self._given.layers
        names = [name for name, *_ in layers]
        chosen = [name for name in before if name in names]
        self.layers.fill(layers, chosen, done)
        self.layers_said.hide()
        generates = takes == "latents"
        if generates != (self.kind.currentData() == LATENTS):
            self.kind.setCurrentIndex(self.kind.findData(LATENTS if generates else IMAGES))
        offered = self.kind.model()
        assert isinstance(offered, QStandardItemModel), "what a combo box has unless told"
        for kind in (LATENTS, IMAGES, LABELS):
            offered.item(self.kind.findData(kind)).setEnabled(generates == (kind == LATENTS))
        self.changed.emit()

    def say_of_layers(self, sentence: str) -> None:
        """Say why there are no layers (yet)."""
        self.layers.fill((), (), ())
        self.layers_said.setText(sentence)
        self.layers_said.show()

    def _arrange(self) -> None:
        network = QHBoxLayout()
        network.setSpacing(GRID // 2)
        network.addWidget(self.model, 1)
        network.addWidget(self.browse)
        layers = QVBoxLayout()
        layers.setSpacing(GRID // 2)
        layers.addWidget(self.layers)
        layers.addWidget(self.layers_said)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(GRID)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        self._form = form
        for box in (self.sample_size, self.quantile, self.effects):
            box.setFixedWidth(_NUMBER_PX)
        form.addRow("Network", network)
        form.addRow("Weights", self.weights)
        form.addRow("Layers", layers)
        form.addRow("Segmenter", self.segmenter)
        form.addRow("Sample", self.kind)
        form.addRow("Pictures", self.images)
        form.addRow("Labels", self.labels)
        form.addRow("Sample size", self.sample_size)
        form.addRow("Quantile of levels", self.quantile)
        tried = QHBoxLayout()
        tried.setSpacing(GRID)
        tried.addWidget(self.effects)
        self._brushes_said = QLabel("Brushes tried on", self)
        tried.addWidget(self._brushes_said)
        tried.addWidget(self.strengths)
        tried.addStretch(1)
        form.addRow("Effects over", tried)
        self.effects.setToolTip(
            "Latents or pictures to trace effects over; 0 leaves them out. As usual: 256 for "
            "generators, none for classifiers. The segmenter needs probabilities for generators."
        )
        self.strengths.setToolTip("Held-out latents that brushes are tried on; 0 leaves it out")
        device = QHBoxLayout()
        device.setSpacing(GRID)
        device.addWidget(self.device, 1)
        device.addWidget(QLabel("Batch", self))
        device.addWidget(self.batch)
        device.addWidget(QLabel("Workers", self))
        device.addWidget(self.workers)
        form.addRow("Device", device)
        self.batch.setToolTip("Pictures in one pass; halved if memory runs out")
        self.workers.setToolTip("Processes that load pictures while the network is busy")
        self.sample_size.setToolTip("Latents or pictures to measure")
        self.quantile.setToolTip("Share of the positions at or below a unit's level; 0.99 is usual")
        for spin in (
            self.sample_size,
            self.quantile,
            self.effects,
            self.strengths,
            self.batch,
            self.workers,
        ):
            spin.lineEdit().setTextMargins(GRID - 2, 0, 0, 0)  # the style sheet gives them none

    def add_rows(self, rows: Sequence[tuple[str, QWidget | QHBoxLayout]]) -> None:
        """More rows below, in the same columns."""
        for label, field in rows:
            if isinstance(field, QWidget):
                self._form.addRow(label, field)
            else:
                self._form.addRow(label, field)

    def _connect(self) -> None:
        self.model.currentTextChanged.connect(self._take_model)
        self.segmenter.currentTextChanged.connect(lambda: self.changed.emit())
        self.kind.currentIndexChanged.connect(self._show_kind)
        self.weights.changed.connect(self._take_model)
        for line in (self.images, self.labels):
            line.changed.connect(self.changed)
        for spin in (
            self.sample_size,
            self.quantile,
            self.effects,
            self.strengths,
            self.batch,
            self.workers,
        ):
            spin.valueChanged.connect(lambda: self.changed.emit())
        self.device.currentIndexChanged.connect(lambda: self.changed.emit())
        self.layers.ticked.connect(self.changed)

    def _take_model(self) -> None:
        self._show_kind()
        self.model_changed.emit()

    def _show_kind(self) -> None:
        kind, model = self.kind.currentData(), self.model.currentText()
        self._form.setRowVisible(self.images, kind == IMAGES)
        self._form.setRowVisible(self.labels, kind == LABELS)
        for part in (self._brushes_said, self.strengths):
            part.setVisible(kind == LATENTS)
        self.workers.setEnabled(kind != LATENTS)
        self._form.setRowVisible(self.segmenter, kind != LABELS)
        self._form.setRowVisible(self.weights, ":" in model and not model.startswith("/"))
        self.changed.emit()


def _words(parent: QWidget, theme: Theme, words: Sequence[str], chosen: str) -> QComboBox:
    """A list of words that takes others, too."""
    box = Combo(theme, parent)
    box.setEditable(True)
    box.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    box.addItems(list(dict.fromkeys(words)))
    box.setCurrentText(chosen)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return box
