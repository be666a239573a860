"""The detail of the unit that is looked at: its sections in a column that scrolls."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from dissection.vocabulary import NOTHING
from ganpaint.tabs.live_scene import LiveScene
from ganpaint.toolkit.icons import icon
from ganpaint.toolkit.page_wheel import keep_wheel
from ganpaint.toolkit.plain import plain, plain_tip, shortened
from ganpaint.toolkit.theme import GRID, Theme
from ganpaint.units.browsed import Browsed
from ganpaint.units.detail.concept_table import ConceptSection
from ganpaint.units.detail.detector import DetectorSection
from ganpaint.units.detail.exemplars import ExemplarSection
from ganpaint.units.detail.given_picture import GivenPicture, OwnPictures, given_by
from ganpaint.units.detail.histogram import HistogramSection
from ganpaint.units.detail.intervention import InterventionSection
from ganpaint.units.detail.notes import NoteSection
from ganpaint.units.detail.own_picture import OwnPictureSection
from ganpaint.units.detail.section import UnitSection
from ganpaint.units.detail.similar import SimilarSection
from ganpaint.units.kinds import network_kind
from ganpaint.units.notes import Notes
from ganpaint.units.sample_thread import SampleThread
from ganpaint.units.unit_table import UnitTable, held_out_words


class UnitDetail(QWidget):
    """Everything that is known of one unit.

    Signals:
        stepped(int): go to the next unit of the grid, 1, or the one before, -1.
        paint: paint with this unit.
        add_to_brush: put this unit into a brush of one's own.
        concept_chosen(Concept): see the units of a concept.
        completed: everything of the unit is there, plots too.
    """

    stepped = Signal(int)
    paint = Signal()
    add_to_brush = Signal()
    concept_chosen = Signal(object)
    completed = Signal()

    def __init__(
        self,
        browsed: Browsed,
        live: LiveScene | None,
        sample: SampleThread,
        notes: Notes,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._browsed = browsed
        self._theme = theme
        self.title = plain(QLabel(self))
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        font = self.title.font()
        font.setPixelSize(18)
        self.title.setFont(font)
        self.about = plain(QLabel(self, wordWrap=True))
        self.about.setProperty("role", "muted")
        self.previous = self._tool("previous", "The unit before in the grid")
        self.next = self._tool("next", "The next unit in the grid")
        self.close_button = self._tool("delete", "Close the detail (Esc)")
        self.copy = QPushButton("Copy address", self)
        self.copy.setToolTip("Copy this unit's address, to be pasted into the search line")
        self.paint_button = QPushButton("Paint with this unit", self)
        self.add_button = QPushButton("Add to brush…", self)
        self.exemplars = ExemplarSection(browsed, live, sample, theme, self)
        self.concepts = ConceptSection(browsed, theme, self)
        self.histogram = HistogramSection(browsed, theme, self)
        self.notes = NoteSection(browsed, notes, self)
        self.intervention = InterventionSection(browsed, live, theme, self)
        self.own = OwnPictures(self)
        self.own_picture = OwnPictureSection(browsed, sample, self.own, theme, self)
        self.similar = SimilarSection(browsed, theme, self)
        self.detector = DetectorSection(browsed, theme, self)
        self.sections: list[UnitSection] = [
            self.own_picture,  # in view while one walks through units
            self.exemplars,
            self.intervention,
            self.concepts,
            self.notes,
            self.similar,
            self.detector,
            self.histogram,
        ]
        # Plots come when the rest is drawn: the first one loads what draws them.
        self._plots: tuple[UnitSection, ...] = (self.detector, self.histogram)
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._show_plots)
        self._arrange()
        self.previous.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        self.close_button.clicked.connect(lambda: browsed.choose_unit(None))
        self.copy.clicked.connect(self.copy_address)
        self.paint_button.clicked.connect(self.paint)
        self.add_button.clicked.connect(self.add_to_brush)
        self.concepts.concept_chosen.connect(self.concept_chosen)
        browsed.unit_changed.connect(self.show_unit)
        self.own.changed.connect(self._show_own)
        self.setAcceptDrops(True)

    def _tool(self, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(name, self._theme.colors))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        for tool in (self.previous, self.next, self.close_button):
            head.addWidget(tool)
        actions = QHBoxLayout()
        actions.setSpacing(GRID)
        for button in (self.paint_button, self.add_button, self.copy):
            actions.addWidget(button)
        actions.addStretch(1)
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(2 * GRID, GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addLayout(head)
        column.addWidget(self.about)
        column.addLayout(actions)
        self._column = column
        for section in self.sections:
            column.addWidget(section)
        column.addStretch(1)
        self._area = area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        keep_wheel(area)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        self.setMinimumWidth(380)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A picture is welcome where units can be tried on one; all else is for the window."""
        event.setAccepted(self._dropped(event) is not None)

    def dropEvent(self, event: QDropEvent) -> None:
        """Try the unit on the picture."""
        given = self._dropped(event)
        event.setAccepted(given is not None)
        if given is not None:
            self.own.take(given)

    def _dropped(self, event: QDropEvent) -> GivenPicture | None:
        return given_by(event.mimeData()) if self.own_picture.takes else None

    def _show_own(self) -> None:
        """A picture was given: its section, the first one, is brought into view."""
        if self.own.picture is not None:
            self._area.verticalScrollBar().setValue(0)

    def copy_address(self) -> None:
        """Put the address of the unit on the clipboard."""
        address = self._browsed.address
        if address is not None:
            QGuiApplication.clipboard().setText(str(address))

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        for button, name in (
            (self.previous, "previous"),
            (self.next, "next"),
            (self.close_button, "delete"),
        ):
            button.setIcon(icon(name, self._theme.colors))
        self.show_unit()

    def show_unit(self) -> None:
        """Show the unit that is looked at."""
        table, unit = self._browsed.table, self._browsed.unit
        if table is None or unit is None:
            self.notes.show_unit()
            return
        row = table.rows[unit]
        label = "no label" if row.label == NOTHING else row.label.name
        self.title.setText(f"{row.layer} / {unit}   {shortened(label)}")
        self.title.setToolTip(plain_tip(label))
        said = []
        if row.label != NOTHING:
            said.append(f"{row.label.category}, IoU {row.iou:.3f}")
            if row.held_out is not None:
                said.append(held_out_words(row))
            if not row.matches:
                said.append("below the bar of 0.04")
        if row.classes:
            said.append(f"matters most to {', '.join(row.classes)}")
        self.about.setText("; ".join(said))
        paintable = self._browsed.paintable and bool(table.layer.threshold_names)
        for button in (self.paint_button, self.add_button):
            button.setEnabled(paintable)
            button.setToolTip("" if paintable else _why_not_paintable(table))
        for section in self.sections:
            if section not in self._plots:
                section.show_unit()
        self._later.start()

    @property
    def waiting(self) -> bool:
        """Whether something of the unit that is looked at is still to come."""
        if self._browsed.unit is None:
            return False
        return self._later.isActive() or self.exemplars.waiting or self.intervention.waiting

    def _show_plots(self) -> None:
        for section in self._plots:
            section.show_unit()
        self.completed.emit()


def _why_not_paintable(table: UnitTable) -> str:
    """Why nothing can be painted with a unit."""
    if network_kind(table.dissection) == "classifier":
        return "A classifier looks at pictures and makes none: nothing is painted with its units."
    if not table.layer.threshold_names:
        return "The levels of these units are not in the file that this was read from."
    return (
        "One can paint with the units of the generator that is open, and these are of another "
        "network."
    )
