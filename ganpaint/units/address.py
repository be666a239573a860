"""The address of a unit, ``storybook-church/layer4/123``: copied, pasted, and kept in lists."""

from dataclasses import dataclass

from dissection.results.dissection import Dissection
from ganpaint.units.notes_file import Place

#: Digits of a network's SHA-256 that tell it from others of its name, and the least that count.
_DIGITS, _LEAST_DIGITS = 8, 6
#: Letters of a number of a unit; Python reads no more than some thousands.
_LONGEST_NUMBER = 12
#: Layers that a sentence names.
_LAYERS = 20


@dataclass(frozen=True, order=True)
class UnitAddress:
    """Where a unit is found.

    Attributes:
        model: name of the network.
        layer: name of the layer.
        unit: its number there, from 0.
        network: SHA-256 of the network, where its name alone could mean another one; else empty.
    """

    model: str
    layer: str
    unit: int
    network: str = ""

    def __str__(self) -> str:
        mark = f"@{self.network[:_DIGITS]}" if self.network else ""
        return f"{self.model}{mark}/{self.layer}/{self.unit}"


def parse_address(text: str) -> UnitAddress | None:
    """The address that a text is, or None; ``layer4/123`` is one without a model.

    A model's name may hold slashes of its own: the last two parts are layer and unit. Which
    dissection has the unit is found by ``place_in``, for names of layers may hold slashes, too.
    """
    parts = text.strip().rsplit("/", 2)
    if len(parts) < 2 or not all(parts) or not _is_number(parts[-1]):
        return None
    return UnitAddress(parts[0] if len(parts) == 3 else "", parts[-2], int(parts[-1]))


def rest_behind(text: str, model: str, network: str) -> str | None:
    """What stands behind the model of an address; None where it is another model's.

    Args:
        text: of the address.
        model: name of a network.
        network: its SHA-256; empty where that is not known.
    """
    behind = text.removeprefix(model) if text.startswith(model) else ""
    if behind.startswith("@"):
        digits, _, rest = behind[1:].partition("/")
        known = len(digits) >= _LEAST_DIGITS and network.startswith(digits.lower())
        return rest if known else None
    return behind[1:] if behind.startswith("/") else None


def place_in(text: str, dissection: Dissection, bare: bool = False) -> Place | None:
    """Layer and number of the unit of an address, if a dissection has it.

    Args:
        text: of the address.
        dissection: where it is looked for.
        bare: whether the address may lack the model.
    """
    text = text.strip()
    rest = rest_behind(text, dissection.model, dissection.network)
    for each in (rest, text if bare else None):
        layer, _, number = (each or "").rpartition("/")
        if layer in dissection.layers and _is_number(number):
            unit = int(number)
            if unit < dissection[layer].shape[0]:
                return layer, unit
    return None


def why_not_in(text: str, dissection: Dissection) -> str:
    """Why a dissection of the address's model has no such unit: a sentence."""
    rest = rest_behind(text.strip(), dissection.model, dissection.network)
    layer, _, number = (rest or "").rpartition("/")
    if layer not in dissection.layers:
        known = ", ".join(dissection.layers[:_LAYERS])
        more = f" and {len(dissection) - _LAYERS} more" if len(dissection) > _LAYERS else ""
        return f"The dissection of {dissection.model} has no layer '{layer}'; it has {known}{more}."
    most = dissection[layer].shape[0] - 1
    return f"{layer} of {dissection.model} has the units 0 to {most}, and none called '{number}'."


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= _LONGEST_NUMBER
