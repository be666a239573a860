"""The inspector: which units fire at a place of the picture, and what can be made of them."""

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from dissection.errors import printable
from ganpaint.painter.analysis.inspection import Inspection
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.palette import MOST_UNITS
from ganpaint.painter.panels.inspector_model import UNIT_ROLE, InspectorModel
from ganpaint.painter.panels.inspector_row import InspectorRow
from ganpaint.painter.panels.pointed_list import PointedList
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.icons import icon
from ganpaint.toolkit.labeled_slider import LabeledSlider
from ganpaint.toolkit.plain import breakable, plain, shortened
from ganpaint.toolkit.theme import GRID, Theme

_LABEL = 56
_PLACE = 32
_HOW = "Point at the picture to see which units fire there. Click to stay, drag for a region."
_START = "Press I and point at the picture: here is which units fire there."
_NO_DISSECTION = (
    "No dissection for this generator yet: the Concepts panel on the left says how to make one. "
    "It names the units."
)


class InspectorPanel(QWidget):
    """Shows what an inspection finds, and what it is about.

    Attributes:
        units: the list's model.
        name: the line for a brush's name.
        rows: the list.

    Signals:
        make(str): a brush of the ticked units is to be made and called so.
        take: the place is to become the patch that can be stamped.
        unit_wanted(str, int): a unit of a layer was double-clicked: it is to be seen closely.
    """

    make = Signal(str)
    take = Signal()
    unit_wanted = Signal(str, int)

    def __init__(
        self,
        document: Document,
        inspection: Inspection,
        theme: Theme,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._inspection = inspection
        self._theme = theme
        self._in_use = False
        self._sought: int | None = None
        self.units = InspectorModel(document, inspection, self)
        self.layer = Combo(theme, self)
        self.layer.setAccessibleName("Layer that the inspector looks at")
        self.layer.setToolTip("The layer whose units are listed")
        self._place = plain(QLabel(self))
        self._place.setProperty("role", "muted")
        self.unpin = QToolButton(self)
        self.unpin.setToolTip("Follow the mouse again")
        self.unpin.setAccessibleName("Follow the mouse again")
        self.rows = PointedList(self)
        self.rows.setModel(self.units)
        self.rows.setItemDelegate(InspectorRow(theme, self.rows))
        self.rows.setAccessibleName("Units that fire here")
        self._said = plain(QLabel(self, wordWrap=True))
        self._said.setProperty("role", "muted")
        self._said.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._said.setContentsMargins(GRID, GRID, GRID, GRID)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._said)
        self._stack.addWidget(self.rows)
        self.count = LabeledSlider("Units", "How many units are listed", "64", str, self)
        self.count.fill(_LABEL)
        self.name = QLineEdit(self, clearButtonEnabled=True)
        self.name.setAccessibleName("Name of the brush")
        self.make_brush = QPushButton("Make a brush", self)
        self.make_brush.setToolTip("Keep the ticked units as a brush of your own")
        self.take_patch = QPushButton("Take patch", self)
        self.take_patch.setToolTip(
            "Take the activations of all units of this region, to stamp them elsewhere, in "
            "another scene too"
        )
        self._arrange()
        self._connect()
        self._fill_layers()
        self.retheme()

    def sizeHint(self) -> QSize:
        """As wide as the history."""
        return QSize(232, 400)

    @property
    def said(self) -> str:
        """What stands in place of the list; empty where there is one."""
        return self._said.text() if self._stack.currentWidget() is self._said else ""

    @property
    def place(self) -> str:
        """What is said of the place."""
        return self._place.text()

    def retheme(self) -> None:
        """Take the colors of the theme in force."""
        self.unpin.setIcon(icon("delete", self._theme.colors))

    def show_in_use(self, on: bool) -> None:
        """Whether the mouse inspects now; what is said first depends on it."""
        self._in_use = on
        self._show()

    def seek(self, unit: int) -> None:
        """Choose a unit's row, now or when the units of the place are known."""
        self._sought = unit
        self._show()

    def _choose_sought(self) -> None:
        rows = (self.units.index(row, 0) for row in range(self.units.rowCount()))
        found = next((i for i in rows if i.data(UNIT_ROLE).unit == self._sought), None)
        if found is not None:
            self.rows.setCurrentIndex(found)
            self.rows.scrollTo(found)

    def changeEvent(self, event: QEvent) -> None:
        """Another theme: the list paints itself anew."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.rows.viewport().update()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, GRID, 0, 0)
        column.setSpacing(0)
        head = QHBoxLayout()
        head.setContentsMargins(2 * GRID, 0, 2 * GRID, GRID)
        head.setSpacing(GRID)
        label = QLabel("Layer", self)
        label.setProperty("role", "muted")
        label.setFixedWidth(_LABEL)
        label.setBuddy(self.layer)
        head.addWidget(label)
        head.addWidget(self.layer, 1)
        column.addLayout(head)
        place = QHBoxLayout()
        place.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        self._place.setFixedHeight(_PLACE)
        place.addWidget(self._place, 1)
        place.addWidget(self.unpin)
        column.addLayout(place)
        column.addLayout(self._stack, 1)
        column.addWidget(self._foot())

    def _foot(self) -> QFrame:
        foot = QFrame(self)
        foot.setObjectName("stroke")
        rows = QVBoxLayout(foot)
        rows.setContentsMargins(2 * GRID, GRID, 2 * GRID, 2 * GRID)
        rows.setSpacing(GRID)
        rows.addWidget(self.count)
        rows.addWidget(self.name)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        buttons.addWidget(self.make_brush, 1)
        buttons.addWidget(self.take_patch, 1)
        rows.addLayout(buttons)
        return foot

    def _connect(self) -> None:
        self.layer.activated.connect(
            lambda at: self._inspection.choose_layer(self.layer.itemData(at))
        )
        self.unpin.clicked.connect(self._inspection.unpin)
        self.count.moved.connect(self.units.set_count)
        self.make_brush.clicked.connect(self._make)
        self.name.returnPressed.connect(self._make)
        self.take_patch.clicked.connect(self.take)
        self.rows.doubleClicked.connect(self._want_unit)
        self.units.dataChanged.connect(self._show_foot)
        self._inspection.changed.connect(self._show)
        self._document.palette_changed.connect(self._fill_layers)

    def _want_unit(self, index: QModelIndex) -> None:
        if self._inspection.layer is not None:
            self.unit_wanted.emit(self._inspection.layer, index.data(UNIT_ROLE).unit)

    def _make(self) -> None:
        if self.make_brush.isEnabled():
            self.make.emit(self.name.text().strip() or self.name.placeholderText())

    def _fill_layers(self) -> None:
        palette = self._document.palette
        self.layer.clear()
        for name in palette.layers:
            _, height, width = palette.shape(name)
            self.layer.addItem(printable(f"{name}  {height} × {width}"), name)
        self._show()

    def _show(self) -> None:
        inspection = self._inspection
        self.layer.setCurrentIndex(self.layer.findData(inspection.layer))
        self.layer.setEnabled(self.layer.count() > 0)
        box = inspection.box
        if box is None:
            self._place.setText("")
        else:
            down, across = box.bottom - box.top, box.right - box.left
            one = f"cell ({box.left}, {box.top})"  # column, row, as everywhere
            many = f"{across} × {down} cells from ({box.left}, {box.top})"
            self._place.setText(one if (down, across) == (1, 1) else many)
        self.unpin.setVisible(inspection.pinned)
        listed = self.units.rowCount() > 0
        self._stack.setCurrentWidget(self.rows if listed else self._said)
        self._said.setText(breakable(self._words()))
        if self._sought is not None and listed:
            self._choose_sought()
            self._sought = None  # it is listed now, or fires less than so many others
        self._show_foot()

    def _words(self) -> str:
        if self._inspection.trouble:
            return self._inspection.trouble
        if self._document.palette.dissection is None:
            sentence, command, _ = self._document.palette.reason.partition("\n")
            return _NO_DISSECTION if command else sentence
        if self._inspection.box is not None:
            return "Looking …"
        return _HOW if self._in_use else _START

    def _show_foot(self) -> None:
        ticked, pinned = len(self.units.ticked()), self._inspection.pinned
        layer = self._inspection.layer
        most = min(MOST_UNITS, self._document.palette.shape(layer)[0]) if layer else MOST_UNITS
        self.count.set_value(min(self.units.count, most), 1, most)
        self.make_brush.setEnabled(pinned and ticked > 0)
        self.take_patch.setEnabled(pinned and self._inspection.features is not None)
        suggested = shortened(self.units.suggestion()) or "brush"  # a brush has a shorter name
        self.name.setPlaceholderText(self._free(f"my {suggested}"))

    def _free(self, name: str) -> str:
        """The name, or with a number if there is a brush of one's own that is called so."""
        taken = {brush.concept.name for brush in self._document.palette.own}
        numbered = (f"{name} {number}" for number in range(2, len(taken) + 3))
        return next(n for n in (name, *numbered) if n not in taken)
