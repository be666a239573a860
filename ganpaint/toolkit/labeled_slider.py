"""A named slider with its value beside it, for the tool bar."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from ganpaint.toolkit.list_view import KeepArrows
from ganpaint.toolkit.theme import GRID

_ANY_WIDTH = 16777215  # Qt's own largest


class LabeledSlider(QWidget):
    """A slider over whole steps.

    Args:
        name: stands before the slider.
        tip: tool tip of all of it.
        widest: the longest value that is ever shown, so that nothing moves when it changes.
        show: value to text.

    Signals:
        moved(int): the person moved it; never emitted by ``set_value``.
    """

    moved = Signal(int)

    def __init__(
        self,
        name: str,
        tip: str,
        widest: str,
        show: Callable[[int], str] = str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._show = show
        self._label = label = QLabel(name, self)
        label.setProperty("role", "muted")
        label.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setMinimumWidth(40)
        self.slider.setMaximumWidth(96)
        self.slider.setAccessibleName(name)
        self._keep = KeepArrows(self)
        self.slider.installEventFilter(self._keep)
        self._value = QLabel(self)
        self._value.setProperty("role", "figure")
        self._value.setFixedWidth(self._value.fontMetrics().horizontalAdvance(widest))
        label.setBuddy(self.slider)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        for widget in (label, self.slider, self._value):
            row.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setToolTip(tip)
        self.slider.valueChanged.connect(self._take)

    def fill(self, label: int) -> None:
        """Take all the width there is, with a label of this width: for knobs below one another."""
        self._label.setFixedWidth(label)
        self.slider.setMaximumWidth(_ANY_WIDTH)
        self._value.setFixedWidth(self._value.fontMetrics().horizontalAdvance("100 %"))
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    @property
    def value(self) -> int:
        """What is shown."""
        return self.slider.value()

    def set_value(self, value: int, least: int, most: int) -> None:
        """Show a value within a range; says nothing."""
        self.slider.blockSignals(True)
        self.slider.setRange(least, most)
        self.slider.setValue(value)
        self.slider.blockSignals(False)
        self._value.setText(self._show(value))

    def _take(self, value: int) -> None:
        self._value.setText(self._show(value))
        self.moved.emit(value)
