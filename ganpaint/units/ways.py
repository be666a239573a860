"""Ways to units of other layers and dissections, and back."""

from collections.abc import Sequence

from PySide6.QtCore import QObject

from ganpaint.tabs.context import WindowContext
from ganpaint.toolkit.plain import in_menu, shortened
from ganpaint.units.asked import AskedUnits
from ganpaint.units.browsed import Browsed
from ganpaint.units.elsewhere import Elsewhere
from ganpaint.units.empty_state import EmptyState
from ganpaint.units.filter_bar import FilterBar
from ganpaint.units.foot import Foot, told_elsewhere
from ganpaint.units.known_dissections import Candidate, candidates, note_opened
from ganpaint.units.lists_menu import ListsMenu
from ganpaint.units.navigation import Navigation
from ganpaint.units.notes import Notes
from ganpaint.units.opening import Opening


class Ways(QObject):
    """Makes navigation, search elsewhere and what is asked for belong together.

    Args:
        context: its settings remember what was opened, its options name a dissection.
        browsed: what is gone to.
        notes: are searched.
        bar: where addresses are pasted, and what narrows the grid.
        foot: offers other layers.
        nothing: stands in the grid's place, and offers them too.

    Attributes:
        navigation: goes to addresses.
        asked: filters by places.
        elsewhere: counts in other layers.
    """

    def __init__(
        self,
        context: WindowContext,
        browsed: Browsed,
        notes: Notes,
        bar: FilterBar,
        foot: Foot,
        nothing: EmptyState,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._browsed = browsed
        self._bar, self._foot, self._nothing = bar, foot, nothing
        self.navigation = Navigation(browsed, self._known, self)
        self.asked = AskedUnits(browsed, notes, bar, self)
        self.elsewhere = Elsewhere(browsed, notes, self)
        ways, elsewhere = self.navigation, self.elsewhere
        bar.address.connect(ways.go_to)
        ways.listed.connect(lambda places: self.asked.show_places(places, "Addresses"))
        ways.failed.connect(self._say_nowhere)
        ways.told.connect(foot.tell)
        context.dissections_changed.connect(self._remember)
        elsewhere.changed.connect(self._offer_elsewhere)
        foot.layer_wanted.connect(browsed.choose_layer)
        nothing.other.clicked.connect(lambda: browsed.choose_layer(elsewhere.most))
        self._message = context.message_of("units")
        self.asked.said.connect(lambda said: self._message.say(said, passing=True))
        context.units_asked.connect(self.asked.show_asked)
        self._remember()

    def follow(self, opening: Opening, lists: ListsMenu) -> None:
        """Take dissections that are opened, and lists that are to be shown."""
        opening.opened.connect(self._browsed.open)
        lists.shown.connect(self.asked.show_list)
        lists.noted_wanted.connect(self.asked.show_noted)

    def _known(self) -> Sequence[Candidate]:
        context = self._context
        return candidates(context.settings, context.data, context.options.dissection)

    def _remember(self) -> None:
        """Whatever is open, in the painter too, is found by its addresses in the next session."""
        for each in self._context.dissections:
            if each.folder is not None:
                note_opened(self._context.settings, each.dissection.model, each.folder)

    def _say_nowhere(self, sentence: str) -> None:
        self._bar.clear()
        self._message.say(sentence, passing=True)

    def _offer_elsewhere(self) -> None:
        """What the filter finds in other layers can be gone to."""
        counts, most, nothing = self.elsewhere.counts, self.elsewhere.most, self._nothing
        self._foot.show_elsewhere(counts)
        nothing.text.setText(
            f"No unit of {shortened(self._browsed.layer)} matches; {told_elsewhere(counts)}."
            if counts
            else "No unit matches."
        )
        nothing.other.setVisible(bool(counts))
        nothing.other.setText(in_menu(f"Show the {counts.get(most, 0)} in {shortened(most)}"))
