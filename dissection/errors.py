"""Errors a person can act on.

Every error that reaches a user says in one sentence what is wrong, with which file or value, and
what to do. The command line prints the sentence and exits with 2; the window shows it over the
canvas. Anything that is not a ``DissectionError`` is a bug.
"""

import re
import unicodedata

_LONG = re.compile(r"\S{300,}")
#: Upon one letter; no script needs more.
_MOST_MARKS = 4


def printable(text: object, kept: str = "") -> str:
    """A text in which what cannot be printed is escaped: names come from files of others.

    Those are line ends, control characters and halves of characters. Of marks that are stacked upon
    one letter, and would reach over the lines above, a few are left.

    Args:
        text: what is told.
        kept: characters that stay though they are such.
    """
    told = "".join(c if c.isprintable() or c in kept else ascii(c)[1:-1] for c in str(text))
    return told if told.isascii() else _unstacked(told)


def _unstacked(text: str) -> str:
    kept, marks = [], 0
    for letter in text:
        marks = marks + 1 if unicodedata.category(letter) in ("Mn", "Me") else 0
        if marks <= _MOST_MARKS:
            kept.append(letter)
    return "".join(kept)


def plain_text(text: object) -> str:
    """The same as one line, and of words of hundreds of letters the middle is left out."""
    told = printable(text)
    return _LONG.sub(lambda word: f"{word[0][:200]}...{word[0][-60:]}", told)


class DissectionError(Exception):
    """Base of all errors that are meant to be read by a person. ``str(error)`` is one sentence."""

    def __str__(self) -> str:
        return plain_text(Exception.__str__(self))  # that of a KeyError would put it in quotes


class ModelFileError(DissectionError):
    """A model file cannot be used: missing, damaged, not what it should be, or unsafe to read."""


class UnknownNameError(DissectionError):
    """A layer, concept, model or unit that does not exist was asked for."""


class StoreError(DissectionError):
    """A stored dissection is missing, damaged, or belongs to another network."""


class BadInputError(DissectionError):
    """A value given by the user is outside what the operation allows."""
