"""Frozen settings of plain values, read from JSON with every value looked at."""

from dataclasses import MISSING, fields
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
