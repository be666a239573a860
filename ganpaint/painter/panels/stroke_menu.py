"""The menu of a stroke in the history: switch, rename, move, grow, delete."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QAbstractItemView, QInputDialog, QMenu

from dissection.painting.history import Painted
from dissection.painting.masks import Mask, grown, shifted
from dissection.painting.serialize import LONGEST_NAME
from ganpaint.painter.document.document import Document
from ganpaint.painter.panels.history_model import PAINTED_ROLE, concept_name

#: A step is this share of the picture.
_STEP = 1 / 32
_WAYS = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, -1), "Down": (0, 1)}


class StrokeMenu(QObject):
    """Opens on a right click on a row, or by the menu key on the chosen one.

    Args:
        document: whose strokes are changed.
        rows: the list of the history.
        follow: told the mask that the stroke is going to have: by it a stroke is known.
        parent: owns it.
    """

    def __init__(
        self,
        document: Document,
        rows: QAbstractItemView,
        follow: Callable[[Mask], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._document = document
        self._rows = rows
        self._follow = follow
        rows.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        rows.customContextMenuRequested.connect(self._open)

    def menu_of(self, painted: Painted) -> QMenu:
        """What can be done with a stroke."""
        document = self._document
        menu = QMenu(self._rows)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        switch = "Switch off\tSpace" if painted.shown else "Switch on\tSpace"
        menu.addAction(switch, partial(document.toggle_stroke, painted))
        menu.addAction("Rename…", partial(self._ask_name, painted))
        menu.addSeparator()
        if painted.stroke.stamp is None:  # a patch lies where its cells are
            way = menu.addMenu("Move on the picture")
            for name, (across, down) in _WAYS.items():
                way.addAction(name, partial(self._shift, painted, across, down))
            menu.addAction("Grow", partial(self._grow, painted, 1))
            menu.addAction("Shrink", partial(self._grow, painted, -1))
        place = next(i for i, each in enumerate(document.history) if each is painted)
        above = menu.addAction(
            "Over the next one\tAlt+Up", partial(document.move_stroke, painted, place + 1)
        )
        above.setEnabled(place < len(document.history) - 1)
        below = menu.addAction(
            "Under the one before\tAlt+Down", partial(document.move_stroke, painted, place - 1)
        )
        below.setEnabled(place > 0)
        menu.addSeparator()
        menu.addAction("Delete\tDel", partial(document.delete_stroke, painted))
        return menu

    def rename(self, painted: Painted, name: str) -> None:
        """Give a stroke a name of its own; an empty one takes it away."""
        named = replace(painted, name=name.strip()[:LONGEST_NAME])
        self._document.change_stroke(painted, named, "rename a stroke")

    def _open(self, place: QPoint) -> None:
        index = self._rows.indexAt(place)
        if index.isValid():
            menu = self.menu_of(index.data(PAINTED_ROLE))
            menu.popup(self._rows.viewport().mapToGlobal(place))

    def _ask_name(self, painted: Painted) -> None:
        usual = painted.name or concept_name(painted.stroke)
        name, sure = QInputDialog.getText(
            self._rows.window(), "Rename the stroke", "Name of the stroke", text=usual
        )
        if sure:
            self.rename(painted, name)

    def _shift(self, painted: Painted, across: int, down: int) -> None:
        step = _step(painted.stroke.mask)
        moved = shifted(painted.stroke.mask, across * step, down * step)
        self._change(painted, moved, "move a stroke on the picture")

    def _grow(self, painted: Painted, steps: int) -> None:
        mask = grown(painted.stroke.mask, steps * _step(painted.stroke.mask))
        self._change(painted, mask, "grow a stroke" if steps > 0 else "shrink a stroke")

    def _change(self, painted: Painted, mask: Mask, text: str) -> None:
        """A stroke that would vanish stays as it is: Delete is for that."""
        if mask.any():
            self._follow(mask)
            stroke = replace(painted.stroke, mask=mask)
            self._document.change_stroke(painted, replace(painted, stroke=stroke), text)


def _step(mask: Mask) -> int:
    return max(1, round(int(max(mask.shape)) * _STEP))
