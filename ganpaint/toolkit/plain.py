"""Names from files in labels, tips, menus, questions: shown as they are, never as markup."""

import re
from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import Qt as RichText
from PySide6.QtWidgets import QLabel, QMessageBox, QWidget

from dissection.errors import printable
from dissection.vocabulary import readable_name

#: Letters of an entry of a menu, and of a name in a title.
_LONGEST_ENTRY = 100
#: Letters of a line of a tool tip that Qt does not wrap; of longer words lines may end behind so
#: many letters each. Others are left alone: whoever copies a name does not want what no one sees.
_LONGEST_LINE, _PART = 100, 20
_LONG_WORD = re.compile(rf"\S{{{2 * _PART},}}")
_PARTS = re.compile(rf"\S{{{_PART}}}(?=\S)")
#: Takes no room, and a line may end there.
_BREAK = "\N{ZERO WIDTH SPACE}"


def plain(label: QLabel) -> QLabel:
    """The label, which takes no text for markup from here on."""
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def breakable(text: object, kept: str = "") -> str:
    """A sentence with names in it, for labels that wrap: lines may end within its long words.

    Args:
        text: what is told.
        kept: see ``printable``.
    """
    return _LONG_WORD.sub(
        lambda word: _PARTS.sub(lambda part: part[0] + _BREAK, word[0]), printable(text, kept)
    )


def as_markup(text: object) -> str:
    """A name inside of rich text."""
    return escape(breakable(text))


def in_plot(text: object, most: int = 48) -> str:
    """A name in a title, a legend or an axis of a plot, which are rich text and as wide as that."""
    return escape(readable_name(str(text), most))


def plain_tip(text: str) -> str:
    """A tool tip with names in it, which wraps.

    Qt wraps rich text alone, and takes what has a tag or an escaped one in its first line for that.
    """
    told = printable(text, kept="\n")
    lines = told.split("\n")
    if not RichText.mightBeRichText(told) and max(map(len, lines)) <= _LONGEST_LINE:
        return told
    return f"<qt>{'<br>'.join(map(as_markup, lines))}</qt>"


def shortened(name: str, most: int = 48) -> str:
    """A name where there is little room: what is behind so many letters is left out."""
    return name if len(name) <= most else f"{name[: most - 1]}…"


def in_sentence(name: object) -> str:
    """A name in a sentence of a label that wraps: no more of it than a line or two."""
    return breakable(shortened(printable(name)))


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
