"""Frozen settings of plain values, read from JSON with every value looked at."""

from dataclasses import MISSING, fields
from numbers import Integral, Real
from os import PathLike
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from dissection.errors import BadInputError

_WORDS = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple: "a list of texts",
    type(None): "null",
}


def read_fields(kind: type[Any], told: object, what: str) -> dict[str, Any]:
    """The fields of a dataclass as an object of JSON tells them, each of its kind.

    Args:
        kind: a dataclass whose fields are texts, numbers, booleans, tuples of texts, or None.
        told: read from JSON.
        what: is told, for messages.

    Raises:
        BadInputError: no object, an unknown or missing field, or a value of another kind.
    """
    if not isinstance(told, dict):
        raise BadInputError(f"The {what} are no object of names and values.")
    hints = get_type_hints(kind)
    given: dict[str, Any] = {}
    for name, value in told.items():
        if name not in hints:
            raise BadInputError(f"The {what} have '{name}', which is none of {', '.join(hints)}.")
        kinds = _kinds(hints[name])
        if not _fits(value, kinds):
            words = " or ".join(_WORDS[k] for k in kinds)
            raise BadInputError(f"In the {what} {name} is {words}, not {value!r}.")
        given[name] = tuple(value) if tuple in kinds else value
    for field in fields(kind):
        if field.default is MISSING and field.name not in given:
            raise BadInputError(f"The {what} do not say '{field.name}'.")
    return given


def require_kinds(settings: Any, what: str) -> None:
    """Refuse fields that somebody has set to values of another kind.

    Lists become tuples, paths texts, and numbers of numpy Python's own: what is stored is JSON.

    Args:
        settings: a frozen dataclass whose fields are as for ``read_fields``.
        what: it is, for messages.

    Raises:
        BadInputError: a value is of another kind than its field.
    """
    hints = get_type_hints(type(settings))
    for field in fields(settings):
        kinds, value = _kinds(hints[field.name]), getattr(settings, field.name)
        plain = _plain(value, kinds)
        if not _fits(plain, kinds):
            words = " or ".join(_WORDS[k] for k in kinds)
            raise BadInputError(f"In the {what} {field.name} is {words}, not {value!r}.")
        if plain is not value:
            object.__setattr__(settings, field.name, plain)


def _plain(value: Any, kinds: tuple[type, ...]) -> Any:
    """A value of the like of JSON, if it means one."""
    if tuple in kinds and isinstance(value, list):
        return tuple(value)
    if str in kinds and isinstance(value, PathLike):
        return str(value)
    # Numbers of numpy, which are neither int nor, most of them, float.
    if type(value) not in (int, bool, float) and isinstance(value, Real):
        return int(value) if isinstance(value, Integral) else float(value)
    return value


def _kinds(hint: Any) -> tuple[type, ...]:
    if get_origin(hint) in (UnionType, Union):
        return tuple(dict.fromkeys(k for part in get_args(hint) for k in _kinds(part)))
    if get_origin(hint) is Literal:  # which of its words it is, the dataclass checks
        return (str,)
    return (get_origin(hint) or hint,)


def _fits(value: object, kinds: tuple[type, ...]) -> bool:
    if isinstance(value, bool):
        return bool in kinds
    if isinstance(value, list | tuple):
        return tuple in kinds and all(isinstance(item, str) for item in value)
    if isinstance(value, int) and float in kinds:
        return True
    return any(isinstance(value, k) for k in kinds)
