"""What there is to know about the generator in use and about its dissection."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dissection.errors import printable
from dissection.painting.edits import Edit
from dissection.results.dissection import Dissection
from dissection.runtime import resources
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.networks import network_file
from ganpaint.painter.live_picture import LivePicture
from ganpaint.rendering.queries import Question, Studio
from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.theme import GRID

#: Size of the dialog; it is no higher than most of the window.
_WIDTH, _HEIGHT = 640, 640


@dataclass(frozen=True)
class GeneratorFacts:
    """What a generator is.

    Attributes:
        size: width and height of its pictures, px.
        depth: of its latents.
        parameters: how many numbers it has.
        layers: name to shape (C, h, w).
        digest: SHA-256 of its file, hexadecimal.
    """

    size: int
    depth: int
    parameters: int
    layers: dict[str, tuple[int, int, int]]
    digest: str


class GeneratorQuestion(Question):
    """What the generator of a scene is; the answer is ``GeneratorFacts``."""

    def steps(self, studio: Studio) -> Iterator[GeneratorFacts]:
        """See ``Question.steps``."""
        generator = studio.generator(self.scene.model)
        layers = {name: generator.layer_shape(name) for name in generator.layer_names}
        parameters = sum(parameter.numel() for parameter in generator.parameters())
        yield GeneratorFacts(generator.size, generator.depth, parameters, layers, generator.digest)


class ModelDetails(QDialog):
    """A table that follows the generator in use."""

    def __init__(self, document: Document, live: LivePicture, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Generator")
        self._document = document
        self._live = live
        self._facts: GeneratorFacts | None = None
        self._labels: list[QLabel] = []
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(3 * GRID)
        self._grid.setVerticalSpacing(GRID // 2)
        self._grid.setColumnStretch(1, 1)
        self.copy = QPushButton("Copy the command", self)
        self.copy.clicked.connect(self._copy_command)
        table = QWidget(self)
        inside = QVBoxLayout(table)
        inside.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        inside.addLayout(self._grid)
        inside.addStretch(1)
        self.area = QScrollArea(self)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setWidget(table)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 2 * GRID)
        column.setSpacing(2 * GRID)
        column.addWidget(self.area, 1)
        below = QHBoxLayout()
        below.setContentsMargins(3 * GRID, 0, 3 * GRID, 0)
        below.addWidget(self.copy)
        below.addStretch(1)
        column.addLayout(below)
        self.resize(_WIDTH, min(_HEIGHT, round(0.9 * parent.window().height())))
        document.palette_changed.connect(self._ask)
        live.answered.connect(self._take)

    @property
    def text(self) -> str:
        """All that is said, a line for each row."""
        return "\n".join(label.text() for label in self._labels)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask what the generator is; the file and the dissection are known already."""
        super().showEvent(event)
        self._ask()

    def _ask(self) -> None:
        if self.isVisible():
            scene = self._document.scene
            self._facts = None
            self._fill()
            latent = self._document.given_latent(scene)
            self._live.ask(GeneratorQuestion(scene, latent, Edit()))

    def _take(self, question: Question, answer: object) -> None:
        if isinstance(question, GeneratorQuestion) and isinstance(answer, GeneratorFacts):
            self._facts = answer
            self._fill()

    def _fill(self) -> None:
        for label in self._labels:
            self._grid.removeWidget(label)
            label.deleteLater()
        self._labels.clear()
        model, palette = self._document.scene.model, self._document.palette
        self._heading(Path(model).stem if model not in resources.bundled_models() else model)
        for name, value in _of_file(model, self._facts):
            self._row(name, value)
        self._heading("Dissection")
        if palette.dissection is None:
            self._row("", palette.reason)
        else:
            folder = self._document.dissection_folder or (
                resources.resources_folder() / "dissections" / model
            )
            for name, value in _of_dissection(palette.dissection, folder):
                self._row(name, value)
        self.copy.setVisible(bool(self._command()))

    def _heading(self, text: str) -> None:
        label = self._label(text, "heading")
        label.setIndent(0)
        self._grid.addWidget(label, self._grid.rowCount(), 0, 1, 2)

    def _row(self, name: str, value: str) -> None:
        row = self._grid.rowCount()
        if name:
            self._grid.addWidget(self._label(name, "muted"), row, 0, Qt.AlignmentFlag.AlignTop)
        said = self._label(value, "value")
        said.setWordWrap(True)
        said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        said.setMinimumWidth(50 * GRID)
        self._grid.addWidget(said, row, 1 if name else 0, 1, 1 if name else 2)

    def _label(self, text: str, role: str) -> QLabel:
        label = plain(QLabel(self.area.widget()))
        label.setText(printable(text, kept="\n"))
        label.setProperty("role", role)
        self._labels.append(label)
        return label

    def _command(self) -> str:
        lines = self._document.palette.reason.splitlines()
        return next((line for line in lines if line.startswith("dissection ")), "")

    def _copy_command(self) -> None:
        QGuiApplication.clipboard().setText(self._command())


def _of_file(model: str, facts: GeneratorFacts | None) -> Iterator[tuple[str, str]]:
    path = network_file(model)
    yield "File", str(path)
    try:
        yield "Size of the file", f"{path.stat().st_size / 1e6:.1f} MB"
    except OSError:
        return
    if facts is None:
        yield "Network", "looking…"
        return
    yield "SHA-256", f"{facts.digest[:32]}\n{facts.digest[32:]}"
    yield "Pictures", f"{facts.size} × {facts.size} px, from latents of {facts.depth} numbers"
    yield "Parameters", f"{facts.parameters:,}".replace(",", " ")
    shapes = (f"{name}: {c} units, {w} × {h}" for name, (c, h, w) in facts.layers.items())
    yield "Layers", "\n".join(shapes)


def _of_dissection(dissection: Dissection, folder: Path) -> Iterator[tuple[str, str]]:
    told = dissection.provenance
    sample, segmenter = told.get("sample", {}), told.get("segmenter", {})
    yield "Folder", str(folder)
    try:
        changed = time.localtime((folder / "dissection.json").stat().st_mtime)
        yield "Written", time.strftime("%d %b %Y, %H:%M", changed)
    except OSError:
        pass
    shapes = ((name, dissection[name].shape) for name in dissection.layers)
    yield "Layers", "\n".join(f"{name}: {c} units, {w} × {h}" for name, (c, h, w) in shapes)
    if "size" in sample:
        yield "Sample", f"{sample['size']} {sample.get('kind', 'pictures')}"
    if "name" in segmenter:
        yield "Segmenter", f"{segmenter['name']}, {str(segmenter.get('digest', ''))[:12]}"
    painted = sum(brush.weak is None for brush in dissection.brushes(order="best"))
    yield "Concepts to paint with", str(painted)
    if "command" in told:
        yield "Command", str(told["command"])
