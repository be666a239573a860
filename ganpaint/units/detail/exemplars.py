"""The unit's exemplars, large: outlined, as a heat map, or as the segmenter saw them."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from dissection.painting.edits import Edit
from ganpaint.rendering.requests import to_image
from ganpaint.tabs.live_scene import LiveScene
from ganpaint.toolkit.file_dialogs import ask_folder
from ganpaint.toolkit.theme import Theme
from ganpaint.units.browsed import Browsed
from ganpaint.units.detail.exemplar_sheet import Exemplar, ExemplarSheet
from ganpaint.units.detail.mode_chips import ModeChips
from ganpaint.units.detail.section import UnitSection
from ganpaint.units.detail.views import (
    MODES,
    SampleViewsQuestion,
    View,
    ViewMode,
    ViewsQuestion,
)
from ganpaint.units.kinds import is_labeled, network_kind
from ganpaint.units.sample_thread import SampleThread
from ganpaint.units.unit_table import TWO_THINGS, UnitTable

_SHOWN: tuple[ViewMode, ...] = ("outline", "heat", "seen")
_TOP = 5


#: What is said below a picture's figures: where a click leads.
_LEADS = {
    "scene": "Click to paint on this scene, with the unit inspected where it peaks",
    "picture": "Click to look at this picture in Classifier",
    "": "There is nothing to open: only this small picture is stored",
}


class ExemplarSection(UnitSection):
    """Large exemplars: the top ones, and where it was measured some from further down.

    Signals:
        scene_wanted(int, object): the scene of this input is to be painted on; where the unit
            peaks in it, shares of width and height, or None where that is not known.
        picture_wanted(int): this picture of the sample is to be looked at.
    """

    scene_wanted = Signal(int, object)
    picture_wanted = Signal(int)

    def __init__(
        self,
        browsed: Browsed,
        live: LiveScene | None,
        sample: SampleThread,
        theme: Theme,
        parent: QWidget,
    ) -> None:
        super().__init__("Exemplars", parent)
        self._browsed = browsed
        self._live = live
        self._sample = sample
        self._views: dict[int, View] = {}
        self._rows: list[tuple[str, tuple[int, ...]]] = []
        self._asked: tuple[int, ...] = ()
        self.chips = ModeChips(_SHOWN, self)
        self.chips.chosen.connect(self._draw)
        self.body.addWidget(self.chips)
        self.find_pictures = QPushButton("Find the pictures…", self)
        self.find_pictures.setToolTip("Say in which folder the pictures are that were dissected")
        self.find_pictures.clicked.connect(self._find)
        self.find_pictures.hide()
        self.body.addWidget(self.find_pictures, 0, Qt.AlignmentFlag.AlignLeft)
        self.sheet = ExemplarSheet(theme, self)
        self.sheet.pressed.connect(self.open_input)
        self.body.addWidget(self.sheet)
        browsed.sample_found.connect(self.show_unit)
        sample.answered.connect(self._take)
        sample.failed.connect(self._fail)
        sample.told.connect(self._tell)
        if live is not None:
            live.answered.connect(self._take)
            live.question_failed.connect(self._fail)

    @property
    def views(self) -> dict[int, View]:
        """What is there of the inputs that are shown, by place in the sample."""
        return self._views

    @property
    def waiting(self) -> bool:
        """Whether inputs are still being looked at."""
        return any(row not in self._views for row in self._asked)

    @property
    def mode(self) -> ViewMode:
        """A key of ``MODES``."""
        return self.chips.mode

    def choose_mode(self, mode: ViewMode) -> None:
        """Show the exemplars in another way."""
        self.chips.choose(mode)

    def open_input(self, place: int) -> None:
        """Go to where more can be done with an input: Paint for a scene, or Classifier."""
        match self._browsed.inputs:
            case "scene":
                view = self._views.get(place)
                self.scene_wanted.emit(place, None if view is None else view.peak_place)
            case "picture":
                self.picture_wanted.emit(place)

    def show_unit(self) -> None:
        """Show the unit that is looked at; what has to be made is asked for."""
        if self._live is not None:
            self._live.withdraw(ViewsQuestion)
        self._sample.withdraw(SampleViewsQuestion)
        self._views, self._asked = {}, ()
        self.find_pictures.hide()
        table, unit = self._browsed.table, self._browsed.unit
        if table is None or unit is None:
            return
        layer = table.layer
        top = tuple(layer.exemplars[unit, :_TOP].tolist())
        self._rows = [("top", top)] if top else []
        self._rows += [*table.further_down(unit), *table.counterexamples(unit)]
        self.say(_words(table, unit))
        wanted = tuple(dict.fromkeys(row for _, rows in self._rows for row in rows))
        asked = bool(wanted) and self._ask(table, unit, wanted)
        self._asked = wanted if asked else ()
        self.chips.setVisible(asked)
        self.chips.call("seen", "Labels" if is_labeled(table.dissection) else MODES["seen"])
        if not asked and layer.pictures is None:
            self.say(f"No pictures of this unit are stored{_why_none_are_made(table)}.")
        self._draw()

    def _ask(self, table: UnitTable, unit: int, rows: tuple[int, ...]) -> bool:
        """Ask whoever can look at the sample; whether anyone can."""
        dissection, layer, live = table.dissection, table.name, self._live
        if self._browsed.drawable and live is not None:
            live.ask(ViewsQuestion(live.scene, None, Edit(), dissection, layer, unit, rows))
        elif self._browsed.sampled:
            folder = self._browsed.sample_folder
            self._sample.ask(SampleViewsQuestion(dissection, folder, layer, unit, rows))
        else:
            return False
        return True

    def _take(self, question: object, answer: object) -> None:
        ours = isinstance(question, ViewsQuestion | SampleViewsQuestion)
        if ours and isinstance(answer, tuple):
            row, view = answer
            self._views[row] = view
            self._draw()

    def _fail(self, question: object, sentence: str) -> None:
        if isinstance(question, ViewsQuestion | SampleViewsQuestion):
            self.say(sentence)
            self._asked = ()
            self.find_pictures.setVisible(self._browsed.sample_movable)

    def _tell(self, sentence: str) -> None:
        """What the sample's thread is at; what is said of the unit follows when it is over."""
        table, unit = self._browsed.table, self._browsed.unit
        if (
            table is None
            or unit is None
            or not self._browsed.sampled
            or self.find_pictures.isVisible()
        ):
            return
        self.say(sentence or _words(table, unit))

    def _find(self) -> None:
        chosen = ask_folder(self, "Where are the pictures?", "samples")
        if chosen is not None:
            self._browsed.find_sample(chosen)

    def _draw(self) -> None:
        table, unit = self._browsed.table, self._browsed.unit
        if table is None or unit is None:
            self.sheet.show_rows([])
            return
        layer = table.layer
        peak = float(layer.peaks[unit].max()) if layer.peaks.size else 1.0
        level = float(layer.activation_threshold[unit]) if layer.threshold_names else 0.0
        category = table.rows[unit].label.category
        stored = layer.pictures[unit] if layer.pictures is not None else ()
        leads = self._browsed.inputs
        rows = []
        for name, places in self._rows:
            shown = []
            for rank, place in enumerate(places):
                view, image = self._views.get(place), None
                tip = f"input {place}: being made"
                if view is not None:
                    sees = "labeled" if is_labeled(table.dissection) else "the segmenter sees"
                    seen = f"\n{sees} {', '.join(view.names)}" if view.names else ""
                    tip = f"input {place}, peak {view.peak:.2f}{seen}"
                    image = view.image(self.mode, level, peak, category)
                elif name == "top" and rank < len(stored) and self.mode == "outline":
                    tip = f"input {place}, peak {layer.peaks[unit, rank]:.2f}"
                    image = to_image(stored[rank])
                shown.append(Exemplar(place, image, f"{tip}\n{_LEADS[leads]}", bool(leads)))
            rows.append((name, shown))
        self.sheet.show_rows(rows)


def _why_none_are_made(table: UnitTable) -> str:
    """The end of a sentence on why exemplars can only be shown where they are stored."""
    match network_kind(table.dissection):
        case "generator":
            return ", and the generator that was dissected is not open (menu Model)"
        case "classifier":
            return ", and the file does not tell which pictures were dissected"
    return "; the file does not tell which network, and which sample, was dissected"


def _words(table: UnitTable, unit: int) -> str:
    """How much of one thing the exemplars are, or that nobody knows."""
    if table.layer.relations is None:
        return "Exemplars from further down, and counterexamples: not measured."
    found = table.clarity(unit)
    if found is None:
        what = "labels have" if is_labeled(table.dissection) else "the segmenter shows"
        return f"Clarity: not measured; {what} no features."
    clarity, apart = found
    two = "; they fall into two groups" if apart >= TWO_THINGS else ""
    return (
        f"Clarity {clarity:.2f}: mean cosine of pairs of exemplars in the segmenter's feature "
        f"space. Two groups {apart:.2f}{two}."
    )
