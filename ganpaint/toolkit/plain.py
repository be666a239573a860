"""Names from files in labels and tool tips: shown as they are, never as markup."""

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from dissection.errors import printable


def plain(label: QLabel) -> QLabel:
    """The label, which takes no text for markup from here on."""
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def as_markup(text: object) -> str:
    """A name inside of rich text."""
    return escape(printable(text))


def plain_tip(text: str) -> str:
    """A tool tip with names in it: Qt takes what begins with a tag for rich text."""
    told = printable(text, kept="\n")
    return f"<qt>{escape(told)}</qt>".replace("\n", "<br>") if "<" in told else told
