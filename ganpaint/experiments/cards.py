"""A card for each experiment: what the paper asks, a picture of the answer, and what to do."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dissection.experiments.experiment import Experiment
from ganpaint.experiments.results import KnownResult
from ganpaint.toolkit.flow_layout import FlowLayout
from ganpaint.toolkit.plain import plain
from ganpaint.toolkit.theme import GRID

_GROUPS = {"generator": "Generators", "classifier": "Classifiers", "network": "Any network"}
_CARD = QSize(292, 356)
_PICTURE = QSize(268, 168)


class ExperimentCard(QFrame):
    """One experiment.

    Signals:
        run_asked(str): *Run* was clicked.
        result_asked(object): its newest result, a ``KnownResult``, is to be shown.
    """

    run_asked = Signal(str)
    result_asked = Signal(object)

    def __init__(self, experiment: Experiment, parent: QWidget) -> None:
        super().__init__(parent)
        self.experiment = experiment
        self._newest: KnownResult | None = None
        self.setObjectName("job")
        self.setFixedSize(_CARD)
        self.picture = plain(QLabel(self))
        self.picture.setFixedSize(_PICTURE)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setProperty("role", "muted")
        title = plain(QLabel(experiment.title, self))
        bold = title.font()
        bold.setBold(True)
        title.setFont(bold)
        figure = plain(QLabel(experiment.figure, self))
        figure.setProperty("role", "muted")
        figure.setToolTip(experiment.figure)
        figure.setMinimumWidth(1)
        idea = plain(QLabel(experiment.idea, self, wordWrap=True))
        idea.setAlignment(Qt.AlignmentFlag.AlignTop)
        idea.setToolTip(experiment.idea)
        self.show_button = QPushButton("Show result", self)
        self.run_button = QPushButton("Run…", self)
        buttons = QHBoxLayout()
        buttons.addWidget(self.show_button)
        buttons.addWidget(self.run_button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID + 4, GRID + 4, GRID + 4, GRID + 4)
        column.setSpacing(GRID // 2)
        column.addWidget(self.picture)
        column.addWidget(title)
        column.addWidget(figure)
        column.addWidget(idea, 1)
        column.addLayout(buttons)
        self.run_button.clicked.connect(lambda: self.run_asked.emit(experiment.name))
        self.show_button.clicked.connect(self._show)

    def show_newest(self, known: KnownResult | None, drawn: QPixmap | None) -> None:
        """Have a result at hand: the newest, or the one that ships.

        Args:
            known: the result; None where there is none.
            drawn: its picture, a null one where it has none; None while it is being drawn.
        """
        self._newest = known
        self.show_button.setEnabled(known is not None)
        if known is None or drawn is None or drawn.isNull():
            self.picture.setPixmap(QPixmap())
            missing = "No picture" if drawn is not None else "Drawing…"
            self.picture.setText("Not run yet" if known is None else missing)
            self.picture.unsetCursor()
            return
        ratio = self.devicePixelRatioF()
        fitted = drawn.scaled(
            _PICTURE * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        fitted.setDevicePixelRatio(ratio)
        self.picture.setPixmap(fitted)
        self.picture.setCursor(Qt.CursorShape.PointingHandCursor)

    def matches(self, words: str) -> bool:
        """Whether all words are somewhere on the card."""
        told = self.experiment
        text = f"{told.name} {told.title} {told.figure} {told.idea}".casefold()
        return all(word in text for word in words.casefold().split())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click on the picture shows the result."""
        inside = self.picture.geometry().contains(event.position().toPoint())
        if inside and event.button() == Qt.MouseButton.LeftButton:
            self._show()

    def _show(self) -> None:
        if self._newest is not None:
            self.result_asked.emit(self._newest)


class CardsPage(QWidget):
    """All cards, by what they are about, with a search field.

    Signals:
        run_asked(str): see ``ExperimentCard``.
        result_asked(object): the same.
        open_asked: a result in a folder is to be opened.
    """

    run_asked = Signal(str)
    result_asked = Signal(object)
    open_asked = Signal()

    def __init__(self, experiments: Sequence[Experiment], parent: QWidget) -> None:
        super().__init__(parent)
        self.cards: dict[str, ExperimentCard] = {}
        self._groups: dict[str, tuple[QLabel, QWidget]] = {}
        self.search = QLineEdit(self, placeholderText="Search experiments", clearButtonEnabled=True)
        self.search.setMaximumWidth(320)
        self.open_button = QPushButton("Open a result…", self)
        self.open_button.setToolTip("Open the folder of a result that was made before")
        self.nothing = QLabel("No experiment has these words.", self)
        self.nothing.setProperty("role", "muted")
        self.nothing.hide()
        head = QHBoxLayout()
        head.addWidget(self.search, 1)
        head.addStretch(1)
        head.addWidget(self.open_button)
        inside = QWidget(self)
        groups = QVBoxLayout(inside)
        groups.setContentsMargins(0, 0, GRID, GRID)
        for kind, title in _GROUPS.items():
            own = [experiment for experiment in experiments if experiment.of == kind]
            if not own:
                continue
            heading = QLabel(title, inside)
            heading.setProperty("role", "heading")
            room = QWidget(inside)
            flow = FlowLayout(room, GRID + 4)
            for experiment in own:
                card = ExperimentCard(experiment, room)
                card.run_asked.connect(self.run_asked)
                card.result_asked.connect(self.result_asked)
                self.cards[experiment.name] = card
                flow.addWidget(card)
            groups.addWidget(heading)
            groups.addWidget(room)
            self._groups[kind] = heading, room
        groups.addWidget(self.nothing)
        groups.addStretch(1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * GRID, GRID, GRID, 0)
        column.addLayout(head)
        column.addWidget(area, 1)
        self.search.textChanged.connect(self._filter)
        self.open_button.clicked.connect(self.open_asked)

    def _filter(self, words: str) -> None:
        found = {name for name, card in self.cards.items() if card.matches(words)}
        for name, card in self.cards.items():
            card.setVisible(name in found)
        for kind, parts in self._groups.items():
            shown = any(self.cards[name].experiment.of == kind for name in found)
            for part in parts:
                part.setVisible(shown)
        self.nothing.setVisible(not found)
