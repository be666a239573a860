"""On a picture of yours: a classifier's unit on a file, a drop, or what the clipboard holds."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from dissection.data.image_files import SUFFIXES
from dissection.vocabulary import NOTHING
from ganpaint.toolkit.file_dialogs import ask_file
from ganpaint.toolkit.plain import breakable, in_sentence, plain, plain_tip
from ganpaint.toolkit.theme import GRID, Theme
from ganpaint.units.browsed import Browsed
from ganpaint.units.detail.given_picture import (
    GivenPicture,
    OwnPictureQuestion,
    OwnPictures,
    UnitOnPicture,
    given_by,
)
from ganpaint.units.detail.mode_chips import ModeChips
from ganpaint.units.detail.named_picture import NamedPicture
from ganpaint.units.detail.reading_words import iou_line, reading_lines
from ganpaint.units.detail.section import UnitSection
from ganpaint.units.kinds import network_kind
from ganpaint.units.sample_thread import SampleThread
from ganpaint.units.unit_table import UnitTable

_FILES = f"Pictures ({' '.join(sorted(f'*{suffix}' for suffix in SUFFIXES))});;All files (*)"
_HOW = "Open a picture, drop it here or paste it, and see where this unit is active in it."
_NOT_TOLD = (
    "The file that this was read from does not tell which network it is of, so that no picture can "
    "be tried."
)
_NO_PASTE = "There is no picture on the clipboard; copy one, or open a file."


class OwnPictureSection(UnitSection):
    """The picture as the network sees it, with the unit's region, and what that comes to.

    It stays while other units, layers and dissections are looked at.

    Signals:
        order_wanted(GivenPicture): the units of the layer are to be ordered by their peaks on it.
    """

    order_wanted = Signal(object)

    def __init__(
        self,
        browsed: Browsed,
        sample: SampleThread,
        pictures: OwnPictures,
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__("On a picture of yours", parent)
        self._browsed = browsed
        self._sample = sample
        self._pictures = pictures
        self._asked: OwnPictureQuestion | None = None
        self.shown: UnitOnPicture | None = None
        self.chips = ModeChips(("plain", "outline", "heat", "seen"), self)
        self.picture = NamedPicture("", theme, self)
        self.figures = plain(QLabel(self, wordWrap=True))
        self.figures.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.figures.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.open = QPushButton("Open…", self)
        self.open.setToolTip("Try the units on a picture of your own; or drop it here")
        self.paste = QPushButton("Paste", self)
        self.paste.setToolTip("Take the picture that is on the clipboard (Ctrl+V)")
        self.order = QPushButton("What fires here?", self)
        self.order.setToolTip("Order the layer's units by how rare their peaks on it are")
        self._arrange()
        self.chips.chosen.connect(self._draw)
        self.open.clicked.connect(self.ask_file)
        self.paste.clicked.connect(self.paste_picture)
        self.order.clicked.connect(lambda: self.order_wanted.emit(pictures.picture))
        QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self, self.paste_picture)
        pictures.changed.connect(self.show_unit)
        browsed.leaving.connect(self._withdraw)
        sample.answered.connect(self._take)
        sample.failed.connect(self._fail)
        sample.told.connect(self._tell)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.figures, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        for button in (self.open, self.paste, self.order):
            buttons.addWidget(button)
        buttons.addStretch(1)
        self.body.addWidget(self.chips)
        self.body.addLayout(row)
        self.body.addLayout(buttons)

    @property
    def offered(self) -> bool:
        """Whether the network that is browsed looks at pictures, as far as anybody knows."""
        browsed = self._browsed
        if browsed.dissection is None or browsed.paintable or browsed.drawable:
            return False
        return network_kind(browsed.dissection) != "generator"

    @property
    def takes(self) -> bool:
        """Whether a picture can be tried here."""
        dissection = self._browsed.dissection
        return self.offered and dissection is not None and "network" in dissection.provenance

    def show_unit(self) -> None:
        """Show the picture with the unit that is looked at, as soon as that is known."""
        self.setVisible(self.offered)
        given = self._pictures.picture
        for button in (self.open, self.paste):
            button.setVisible(self.takes)
        for widget in (self.picture, self.order):
            widget.setVisible(self.takes and given is not None)
        self._withdraw()
        self._show(None)
        dissection, unit = self._browsed.dissection, self._browsed.unit
        if not self.takes:
            self.say(_NOT_TOLD)
        elif given is None:
            self.say(_HOW)
        elif dissection is not None and unit is not None:
            self.say("")
            layer, folder = self._browsed.layer, self._browsed.sample_folder
            self._asked = OwnPictureQuestion(dissection, folder, layer, unit, given)
            self._sample.ask(self._asked)

    def ask_file(self) -> None:
        """Ask for a file."""
        chosen = ask_file(self, "Open a picture", _FILES, "pictures")
        if chosen is not None:
            self._pictures.take(GivenPicture(chosen))

    def paste_picture(self) -> None:
        """Take what is on the clipboard."""
        if not self.takes:
            return
        given = given_by(QGuiApplication.clipboard().mimeData())
        if given is None:
            self.say(_NO_PASTE)
        else:
            self._pictures.take(given)

    def _withdraw(self) -> None:
        self._asked = None
        self._sample.withdraw(OwnPictureQuestion)

    def _take(self, question: object, answer: object) -> None:
        if question is self._asked and isinstance(answer, UnitOnPicture):
            self.say("")
            self._show(answer)

    def _fail(self, question: object, sentence: str) -> None:
        if question is self._asked and question is not None:
            self._asked = None  # nor does what the thread is at for others take the sentence away
            self._show(None)
            self.say(breakable(sentence))

    def _tell(self, sentence: str) -> None:
        """What the thread is at, while there is nothing to show."""
        if self._asked is not None and self.shown is None and sentence:
            self.say(breakable(sentence))

    def _show(self, found: UnitOnPicture | None) -> None:
        self.shown = found
        table, unit = self._browsed.table, self._browsed.unit
        there = found is not None and table is not None and unit is not None
        self.chips.setVisible(there)
        self.figures.setVisible(there)
        given = self._pictures.picture
        self.picture.name = given.name if given is not None else ""
        if there and found is not None and table is not None and unit is not None:
            self.chips.offer("outline", found.reading.level is not None)
            self.chips.offer("seen", found.segmented)
            self.figures.setText("\n".join(_lines(found, table, unit)))
            self.picture.setToolTip(
                plain_tip(
                    f"{in_sentence(self.picture.name)}, as the network sees it: resized and cut as "
                    "the pictures were that it was dissected with"
                )
            )
        self._draw()

    def _draw(self) -> None:
        found, table, unit = self.shown, self._browsed.table, self._browsed.unit
        if found is None or table is None or unit is None:
            self.picture.show_picture(None)
            return
        top = float(table.layer.peaks[unit].max(initial=found.reading.peak))
        level = found.reading.level if found.reading.level is not None else top
        category = table.rows[unit].label.category
        self.picture.show_picture(found.view.image(self.chips.mode, level, top, category))


def _lines(found: UnitOnPicture, table: UnitTable, unit: int) -> list[str]:
    row = table.rows[unit]
    lines = reading_lines(found.reading)
    if row.label != NOTHING and found.segmented:
        lines.append(iou_line(found.iou, row.label.name, row.iou))
    return [line for line in lines if line]
