"""Layer, search, filters and order of the grid, in a bar that wraps."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QPushButton, QWidget
from superqt.utils import signals_blocked

from dissection.errors import printable
from dissection.runtime import resources
from dissection.vocabulary import Concept
from ganpaint.toolkit.combo import Combo
from ganpaint.toolkit.flow_layout import FlowLayout
from ganpaint.toolkit.labeled_slider import LabeledSlider
from ganpaint.toolkit.plain import in_menu, shortened
from ganpaint.toolkit.settings import Settings
from ganpaint.toolkit.theme import Theme
from ganpaint.units.address import place_in
from ganpaint.units.browsed import Browsed
from ganpaint.units.search_line import SearchLine
from ganpaint.units.unit_table import ORDERS, UnitFilter, UnitOrder

_STEPS = 100
_MOST_IOU = 0.5
#: Letters that a box is wide at most.
_WIDEST = 28
#: Most letters are narrower than the one that Qt counts by.
_NARROW = 0.85
#: In the settings: whether the palette is followed.
_FOLLOWS = "units_follow_palette"


class FilterBar(QWidget):
    """Says which units are shown, in which order.

    Args:
        browsed: whose units.
        theme: for the boxes.
        settings: remembers whether the palette is followed.
        parent: the tab's view.

    Attributes:
        order: a key of ``ORDERS``.

    Signals:
        changed: filter or order are others.
        concept_chosen(Concept): a concept was chosen in the box, or none.
        address(str): the text of an address was entered or pasted.
        open_wanted: another dissection is to be opened.
        bundled_wanted(Path): one that ships is to be opened, from this folder.
    """

    changed = Signal()
    concept_chosen = Signal(object)
    address = Signal(str)
    open_wanted = Signal()
    bundled_wanted = Signal(object)

    def __init__(
        self, browsed: Browsed, theme: Theme, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._browsed = browsed
        self._filter = UnitFilter()
        self.order: UnitOrder = "iou"
        self._fires = False
        self.which = Combo(theme, self)
        self.which.setToolTip("The dissection that is browsed")
        self.layer = Combo(theme, self)
        self.layer.setToolTip("The layer whose units are shown")
        self.search = SearchLine(self._leads_here, self)
        self.only = QPushButton(self)
        self.only.setObjectName("chip")
        self.only.setToolTip("These units alone are shown; press for all")
        self.concept = Combo(theme, self)
        self.concept.setToolTip("Show the units of one concept")
        self.category = Combo(theme, self)
        self.category.setToolTip("Show the units whose label is of one category")
        self.classes = Combo(theme, self)
        self.classes.setToolTip(
            "Show the units that are among the four that matter most to a class"
        )
        self.sort = Combo(theme, self)
        self.sort.setToolTip("What the units are ordered by")
        self.least = LabeledSlider(
            "IoU",
            "Show units with at least this IoU, with the concept if one is chosen",
            "≥ 0.00",
            lambda step: f"≥ {step / _STEPS * _MOST_IOU:.2f}",
            self,
        )
        self.least.set_value(0, 0, _STEPS)
        self.two = QCheckBox("Two things", self)
        self.two.setToolTip("Show the units whose exemplars fall into two groups")
        self.follow = QCheckBox("Follow palette", self)
        self.follow.setToolTip("The concept that is chosen to paint with filters the grid")
        self.follow.setChecked(settings.noted(_FOLLOWS) is True)
        self.charts = self._toggle("Charts", "Concepts, layers and a map of the units")
        self.fires = self._toggle(
            "What fires here?",
            "Order the units by how rare their peak is on the scene on the canvas; for a "
            "classifier drop a picture on the grid",
        )
        self.lists = QPushButton("Lists", self)
        self.lists.setToolTip("Your lists of units, and export and import of notes")
        row = FlowLayout(self)
        for widget in (
            *(self.which, self.layer, self.search, self.only),
            *(self.concept, self.category, self.classes),
            *(self.least, self.sort, self.charts, self.fires, self.lists, self.two, self.follow),
        ):
            row.addWidget(widget)
        self.which.activated.connect(self._browse)
        self.layer.activated.connect(lambda _: browsed.choose_layer(self.layer.currentData()))
        self.search.searched.connect(lambda words: self.narrow(text=words))
        self.search.address.connect(self.address)
        self.only.clicked.connect(lambda: self.narrow(places=None, about=""))
        self.follow.toggled.connect(lambda on: settings.note(_FOLLOWS, on))
        for combo in (self.concept, self.category, self.classes, self.sort):
            combo.activated.connect(self._read)
        self.concept.activated.connect(
            lambda _: self.concept_chosen.emit(self.concept.currentData())
        )
        self.least.moved.connect(self._read)
        self.two.toggled.connect(self._read)
        browsed.dissection_changed.connect(self._fill_layers)
        browsed.choices_changed.connect(self._fill_dissections)
        browsed.layer_changed.connect(self._fill)
        self._fill_layers()
        self._fill()

    def _toggle(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setCheckable(True)
        button.setToolTip(tip)
        return button

    @property
    def filter(self) -> UnitFilter:
        """Which units are shown."""
        return self._filter

    def narrow(self, **changes: object) -> None:
        """Change parts of the filter, from elsewhere; fields are those of ``UnitFilter``."""
        changed = replace(self._filter, **changes)  # type: ignore[arg-type]
        if changed != self._filter:
            self._filter = changed
            self._show()
            self.changed.emit()

    def clear(self) -> None:
        """Show all units of the layer."""
        self.search.forget()
        if self._filter.narrows:
            self._filter = UnitFilter()
            self._show()
            self.changed.emit()

    def sort_by(self, order: UnitOrder) -> None:
        """Order the units otherwise, from elsewhere."""
        self.order = order
        self._fill_orders()
        self.changed.emit()

    def know_fires(self, known: bool) -> None:
        """Whether units can be ordered by what fires on a picture."""
        self._fires = known
        if not known and self.order == "fires":
            self.order = "iou"
            self.changed.emit()
        self._fill_orders()

    def _leads_here(self, text: str) -> bool:
        dissection = self._browsed.dissection
        return dissection is not None and place_in(text, dissection, bare=True) is not None

    def _read(self) -> None:
        self.order = self.sort.currentData() or "iou"
        self._filter = replace(
            self._filter,
            concept=self.concept.currentData(),
            category=self.category.currentData() or "",
            class_name=self.classes.currentData() or "",
            least=self.least.value / _STEPS * _MOST_IOU,
            two=self.two.isChecked(),
        )
        self.changed.emit()

    def _browse(self, place: int) -> None:
        chosen = self.which.itemData(place)
        if chosen is None:
            self._fill_dissections()
            self.open_wanted.emit()
        elif isinstance(chosen, Path):
            self._fill_dissections()
            self.bundled_wanted.emit(chosen)
        else:
            self._browsed.browse(chosen)

    def _fill_dissections(self) -> None:
        self.which.clear()
        names = Counter(loaded.name for loaded in self._browsed.choices)
        for loaded in self._browsed.choices:
            said = loaded.name.rpartition("/")[2]
            if names[loaded.name] > 1 and loaded.folder is not None:
                said = loaded.folder.name  # two of one network are told apart by where they are
            self.which.addItem(printable(said), loaded)
        loaded_models = {each.dissection.model for each in self._browsed.choices}
        for name in resources.bundled_dissections():
            if name not in loaded_models:
                self.which.addItem(name, resources.resource(f"dissections/{name}"))
        self.which.addItem("Open another…", None)
        _fit(self.which, 18)  # storybook-church-sharp is told from its sisters
        here = [i for i, each in enumerate(self._browsed.choices) if each is self._browsed.loaded]
        self.which.setCurrentIndex(here[0] if here else -1)

    def _fill_layers(self) -> None:
        self._fill_dissections()
        dissection = self._browsed.dissection
        self.layer.clear()
        for name, layer in dissection.items() if dissection else ():
            units, height, width = layer.shape
            size = f"{height} × {width}, " if height else ""
            self.layer.addItem(printable(f"{name}   {size}{units} units"), name)
        _fit(self.layer, 20)
        if self._filter.class_name or self._filter.places is not None:
            self._filter = replace(self._filter, class_name="", places=None, about="")
        concept = self._filter.concept
        if concept is not None and (dissection is None or concept not in dissection.vocabulary):
            self._filter = replace(self._filter, concept=None, least=0.0)

    def _fill(self) -> None:
        """Another layer has other concepts; what is chosen stays where it can."""
        browsed, table = self._browsed, self._browsed.table
        self.layer.setCurrentIndex(self.layer.findData(browsed.layer))
        with signals_blocked(self.concept), signals_blocked(self.category):
            self.concept.clear()
            self.concept.addItem("All concepts", None)
            listed = table.concepts if table else []
            names = Counter(concept.name for concept, _ in listed)
            for concept, count in listed:
                # Water is an object and a material.
                said = str(concept) if names[concept.name] > 1 else concept.name
                self.concept.addItem(f"{said}  {count}", concept)
            self.category.clear()
            self.category.addItem("All categories", "")
            for name in table.categories if table else ():
                self.category.addItem(name, name)
            self.classes.clear()
            self.classes.addItem("All classes", "")
            classes = sorted({n for row in table.rows for n in row.classes}) if table else []
            for name in classes:
                self.classes.addItem(name, name)
            self.classes.setVisible(bool(classes))
        measured = table is not None and bool(table.two_measured)
        self.two.setEnabled(measured)
        self.two.setToolTip(
            "Show the units whose exemplars fall into two groups"
            + ("" if measured else ": not measured in this dissection")
        )
        self._fill_orders()
        self._show()
        self.changed.emit()

    def _fill_orders(self) -> None:
        table = self._browsed.table
        alone: dict[UnitOrder, str] = {"iou": ORDERS["iou"]}
        orders = table.orders(self._fires) if table else alone
        with signals_blocked(self.sort):
            self.sort.clear()
            for key, words in orders.items():
                self.sort.addItem(f"Sort: {words}", key)
            _fit(self.sort, 10)
            if self.order not in orders:
                self.order = "iou"
            self.sort.setCurrentIndex(self.sort.findData(self.order))

    def _show(self) -> None:
        """Show the filter in the boxes; a concept that no unit has for its label too."""
        chosen = self._filter
        with signals_blocked(self.concept), signals_blocked(self.category):
            self._choose(self.concept, chosen.concept, str(chosen.concept or ""))
            self._choose(self.category, chosen.category, chosen.category)
            self._choose(self.classes, chosen.class_name, chosen.class_name)
        step = round(chosen.least / _MOST_IOU * _STEPS)
        self.least.set_value(min(step, _STEPS), 0, _STEPS)
        self.search.show_words(chosen.text)
        about = in_menu(shortened(chosen.about, _WIDEST))
        self.only.setText(f"{about}  \N{MULTIPLICATION SIGN}")
        self.only.setVisible(chosen.places is not None)
        with QSignalBlocker(self.two):
            self.two.setChecked(chosen.two)

    @staticmethod
    def _choose(combo: Combo, value: Concept | str | None, text: str) -> None:
        place = next((i for i in range(combo.count()) if combo.itemData(i) == value), -1)
        if place < 0 and value:
            combo.addItem(f"{text}  0", value)
            place = combo.count() - 1
        combo.setCurrentIndex(max(place, 0))


def _fit(combo: Combo, least: int) -> None:
    """Have a box wide enough for what it offers, within reason."""
    longest = max((len(combo.itemText(place)) for place in range(combo.count())), default=0)
    combo.setMinimumContentsLength(min(max(round(_NARROW * longest), least), _WIDEST))
