"""A user's own code by a dotted name, ``package.module:Name``."""

import importlib
import re
import sys
from pathlib import Path

from dissection.errors import BadInputError, DissectionError, UnknownNameError

_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


def is_dotted(text: str) -> bool:
    """Whether a text has this form."""
    return _DOTTED.fullmatch(text) is not None


def find_dotted(dotted: str, what: str) -> object:
    """What a dotted name stands for; modules in the working folder are found too.

    Args:
        dotted: ``package.module:Name``, or ``package.module:Name.part``.
        what: what it should be, for messages, such as "segmenter".

    Raises:
        UnknownNameError: there is no such module, or nothing in it of this name.
        BadInputError: the module fails when it is imported.
    """
    module_name, _, attribute = dotted.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        found: object = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise UnknownNameError(
            f"The {what} '{dotted}' cannot be loaded: there is no module {error.name}; start "
            "in the folder that holds it, or install it."
        ) from error
    except DissectionError:
        raise
    except Exception as error:
        raise BadInputError(
            f"The {what} '{dotted}' cannot be loaded: its module fails with {in_words(error)}"
        ) from error
    for name in attribute.split("."):
        if not hasattr(found, name):
            raise UnknownNameError(
                f"The {what} '{dotted}' cannot be loaded: {module_name} has no {attribute}."
            )
        found = getattr(found, name)
    return found


def in_words(error: Exception) -> str:
    """An error of somebody else's code, as the end of a sentence."""
    return f"{type(error).__name__}: {str(error).rstrip('.') or 'no message'}."
