"""The menu of a measured brush on its card: draw, erase, where it goes, other names, its unit."""

from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from dissection.painting.edits import Mode
from dissection.vocabulary import Concept
from ganpaint.painter.actions import Actions
from ganpaint.painter.document.document import Document
from ganpaint.painter.document.galleries import richest_seeds
from ganpaint.toolkit.plain import in_menu


class CardMenu(QObject):
    """Builds the menu and does what is chosen.

    Args:
        document: the brush in hand.
        actions: *where* is switched.
        parent: the list of cards.

    Signals:
        unit_wanted(str, int): a unit of a layer is to be shown.
        scenes_wanted(str): scenes with much of a concept are to come first.
        units_wanted(Concept): the units of a concept are to be shown.
    """

    unit_wanted = Signal(str, int)
    scenes_wanted = Signal(str)
    units_wanted = Signal(object)

    def __init__(self, document: Document, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._document = document
        self._actions = actions
        self._over = parent

    def open(self, concept: Concept, at: QPoint) -> None:
        """Show the menu of a concept at a place of the screen."""
        self.menu_of(concept).popup(at)

    def menu_of(self, concept: Concept) -> QMenu:
        """What can be done with a concept's brush."""
        palette = self._document.palette
        menu = QMenu(self._over)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Draw with it", partial(self._take, concept, Mode.DRAW))
        menu.addAction("Erase with it", partial(self._take, concept, Mode.ERASE))
        menu.addAction("Where can this go?", partial(self._show_where, concept))
        scenes = menu.addAction(
            in_menu(f"Scenes with much {palette.label(concept)}"),
            partial(self.scenes_wanted.emit, concept.name),
        )
        here = self._document
        if not richest_seeds(here.scene.model, here.dissection_folder, concept.name):
            scenes.setEnabled(False)
            scenes.setText(in_menu(f"No scenes known with much {palette.label(concept)}"))
        also = palette.folded_into(concept)
        if also:
            menu.addSeparator()
            for other in also:
                said = in_menu(f"Take {palette.label(other)} in its place")
                menu.addAction(said, partial(self._document.choose_concept, other))
        best = palette.best(concept)
        if best is not None and best.brush.layers:
            layer, units = next(iter(best.brush.layers.items()))
            menu.addSeparator()
            menu.addAction("Show its units", partial(self.units_wanted.emit, concept))
            said = in_menu(f"Show unit {units.units[0]} of {layer}")
            menu.addAction(said, partial(self.unit_wanted.emit, layer, units.units[0]))
        return menu

    def _take(self, concept: Concept, mode: Mode) -> None:
        self._document.choose_concept(concept)
        self._document.choose(mode=mode)

    def _show_where(self, concept: Concept) -> None:
        self._document.choose_concept(concept)
        self._actions["where"].setChecked(True)
