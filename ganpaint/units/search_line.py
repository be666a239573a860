"""The line of words and addresses: words narrow the grid as they are typed, addresses lead away."""

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from ganpaint.units.address import parse_address


class SearchLine(QLineEdit):
    """Tells words from addresses.

    An address that is pasted is gone to at once, one that is typed with Return: every part of it
    could be one of another unit. Neither is looked for as a word.

    Args:
        leads: whether a text without a model, such as ``layer4/12``, is a unit's address here.

    Signals:
        searched(str): words to look for; empty for none.
        address(str): one address, or several in as many lines, is to be gone to.
    """

    searched = Signal(str)
    address = Signal(str)

    def __init__(self, leads: Callable[[str], bool], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._leads = leads
        self._before = ""
        self._putting = False
        self.setClearButtonEnabled(True)
        self.setPlaceholderText("Words, or a unit's address")
        self.setToolTip(
            "Words of a label, category, name or note; or an address such as "
            "storybook-church/layer4/123, of any dissection at hand"
        )
        self.setMinimumWidth(210)
        self.textChanged.connect(self._read)
        self.returnPressed.connect(self._enter)

    def show_words(self, words: str) -> None:
        """Show what is looked for; an address that is being typed stays."""
        if self.text() != words and not (not words and self._is_address(self.text())):
            self._put(words)

    def forget(self) -> None:
        """Be empty."""
        self._put("")

    def _put(self, text: str) -> None:
        # Signals stay on: the button that clears the line comes and goes with them.
        self._putting = True
        self.setText(text)
        self._putting = False

    def _read(self, text: str) -> None:
        pasted = len(text) > len(self._before) + 1
        self._before = text
        if self._putting:
            return
        address = self._is_address(text)
        self.searched.emit("" if address else text)
        if address and pasted:
            self.address.emit(text)

    def _enter(self) -> None:
        if parse_address(self.text()) is not None:
            self.address.emit(self.text())

    def _is_address(self, text: str) -> bool:
        lines = [line for line in text.splitlines() if line.strip()]
        found = [parse_address(line) for line in lines]
        return bool(lines) and all(
            each is not None and (bool(each.model) or self._leads(line))
            for each, line in zip(found, lines, strict=True)
        )
