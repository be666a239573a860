"""The layers of a network, with their sizes, to be ticked."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

_NAME = Qt.ItemDataRole.UserRole


class LayerList(QListWidget):
    """Layers with a tick box each.

    Signals:
        ticked: other layers are chosen.
    """

    ticked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumHeight(120)
        self.setSpacing(2)
        self.itemChanged.connect(lambda _: self.ticked.emit())

    @property
    def names(self) -> tuple[str, ...]:
        """Of all layers."""
        return tuple(self.item(row).data(_NAME) for row in range(self.count()))

    @property
    def chosen(self) -> tuple[str, ...]:
        """Names of the layers that are ticked, in the order of the network."""
        items = (self.item(row) for row in range(self.count()))
        return tuple(i.data(_NAME) for i in items if i.checkState() == Qt.CheckState.Checked)

    def fill(
        self,
        layers: Sequence[tuple[str, int, int, int]],
        chosen: Sequence[str],
        done: Sequence[str],
    ) -> None:
        """Show other layers.

        Args:
            layers: name, units, height and width.
            chosen: those that are ticked.
            done: those that the dissection in use has already.
        """
        self.blockSignals(True)
        self.clear()
        for name, units, height, width in layers:
            there = ", measured already" if name in done else ""
            item = QListWidgetItem(f"{name}   {units} units, {height} × {width} cells{there}")
            item.setData(_NAME, name)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
            on = name in chosen
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            self.addItem(item)
        self.blockSignals(False)
        first = next((row for row, name in enumerate(self.names) if name in chosen), 0)
        if self.count():
            self.scrollToItem(self.item(first))
        self.ticked.emit()

    def choose(self, names: Sequence[str]) -> None:
        """Tick these layers and no others."""
        for row in range(self.count()):
            on = self.item(row).data(_NAME) in names
            self.item(row).setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
