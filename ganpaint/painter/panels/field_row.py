"""A row of short texts that never shows half of one: what does not fit is said shorter, or not."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

_GAP = 24
_MARGIN = 8


class FieldRow(QWidget):
    """Fields side by side; those behind the stretch stand at the right end.

    Args:
        fields: names, from left to right.
        right: those of them that stand at the right end.
        dispensable: names in the order in which they become shorter when there is no room.
    """

    def __init__(
        self,
        fields: Sequence[str],
        right: Sequence[str],
        dispensable: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._fields = tuple(fields)
        self._right = frozenset(right)
        self._dispensable = tuple(dispensable)
        self._said: dict[str, tuple[str, ...]] = dict.fromkeys(fields, ("",))
        self._shown: dict[str, str] = dict.fromkeys(fields, "")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def say(self, field: str, *texts: str) -> None:
        """Put a text into a field.

        Args:
            field: its name.
            texts: the same said longer and shorter, the longest first; the last resort is always
                to say nothing. None at all empties the field.
        """
        said = (*texts, "") if texts and texts[-1] else (texts or ("",))
        if said != self._said[field]:
            self._said[field] = said
            self._fit()

    def said(self, field: str) -> str:
        """All that a field has to say, whether there is room for it or not."""
        return self._said[field][0]

    def shown(self, field: str) -> str:
        """What there is room for."""
        return self._shown[field]

    def sizeHint(self) -> QSize:
        """One line, as wide as there is room."""
        return QSize(200, self.fontMetrics().height() + 2 * _MARGIN)

    def minimumSizeHint(self) -> QSize:
        """One line."""
        return QSize(0, self.sizeHint().height())

    def resizeEvent(self, event: object) -> None:
        """Say more, or less."""
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Another font takes other room."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Qt calls this."""
        painter = QPainter(self)
        painter.setPen(self.palette().windowText().color())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        left, right = _MARGIN, self.width() - _MARGIN
        for name in self._fields:
            if name not in self._right and self._shown[name]:
                painter.drawText(
                    QRect(left, 0, right - left, self.height()), flags, self._shown[name]
                )
                left += self._width(self._shown[name]) + _GAP
        for name in reversed(self._fields):
            if name in self._right and self._shown[name]:
                left = right - self._width(self._shown[name])
                painter.drawText(
                    QRect(left, 0, right - left, self.height()), flags, self._shown[name]
                )
                right = left - _GAP
        painter.end()

    def _fit(self) -> None:
        places = dict.fromkeys(self._fields, 0)
        while self._needed(places) > self.width():
            shorter = (n for n in self._dispensable if places[n] + 1 < len(self._said[n]))
            name = next(shorter, None)
            if name is None:
                break
            places[name] += 1
        self._shown = {name: self._said[name][place] for name, place in places.items()}
        self.setToolTip("\n".join(said[0] for said in self._said.values() if said[0]))
        self.update()

    def _needed(self, places: dict[str, int]) -> int:
        texts = [self._said[name][place] for name, place in places.items()]
        widths = [self._width(text) for text in texts if text]
        return sum(widths) + _GAP * (len(widths) - 1) + 2 * _MARGIN

    def _width(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text)
