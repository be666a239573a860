"""Errors a person can act on.

Every error that reaches a user says in one sentence what is wrong, with which file or value, and
what to do. The command line prints the sentence and exits with 2; the window shows it over the
canvas. Anything that is not a ``DissectionError`` is a bug.
"""


class DissectionError(Exception):
    """Base of all errors that are meant to be read by a person. ``str(error)`` is one sentence."""


class ModelFileError(DissectionError):
    """A model file cannot be used: missing, damaged, not what it should be, or unsafe to read."""


class UnknownNameError(DissectionError):
    """A layer, concept, model or unit that does not exist was asked for."""


class StoreError(DissectionError):
    """A stored dissection is missing, damaged, or belongs to another network."""


class BadInputError(DissectionError):
    """A value given by the user is outside what the operation allows."""
