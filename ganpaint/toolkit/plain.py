"""Names from files in labels, tips, menus, questions: shown as they are, never as markup."""

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget

from dissection.errors import printable

#: Letters of an entry of a menu, and of a name in a title.
_LONGEST_ENTRY = 100


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


def shortened(name: str, most: int = 48) -> str:
    """A name where there is little room: what is behind so many letters is left out."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def in_menu(text: object) -> str:
    """A name in the entry of a menu, where & marks a key and a tab what stands at the right."""
    return shortened(printable(text), _LONGEST_ENTRY).replace("&", "&&")


def in_title(text: object) -> str:
    """A name in the title of a window, where [*] is the mark of unsaved work."""
    return shortened(printable(text), _LONGEST_ENTRY).replace("[*]", "[*][*]")


def ask(
    parent: QWidget,
    title: str,
    text: str,
    yes: QMessageBox.StandardButton,
    no: QMessageBox.StandardButton = QMessageBox.StandardButton.Cancel,
) -> bool:
    """Ask a question whose text may hold names.

    Args:
        parent: lies under it.
        title: of its window.
        text: the question.
        yes: the button that agrees.
        no: the other one, which Enter and Esc press.
    """
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(title)
    box.setText(printable(text, kept="\n"))
    box.setStandardButtons(yes | no)
    box.setDefaultButton(no)
    return box.exec() == yes
