"""The address of a unit, ``storybook-church/layer4/123``: copied, pasted, and kept in lists."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class UnitAddress:
    """Where a unit is found.

    Attributes:
        model: name of the network.
        layer: name of the layer.
        unit: its number there, from 0.
    """

    model: str
    layer: str
    unit: int

    def __str__(self) -> str:
        return f"{self.model}/{self.layer}/{self.unit}"


def parse_address(text: str) -> UnitAddress | None:
    """The address that a text is, or None; ``layer4/123`` is one without a model.

    A model's name may hold slashes of its own: the last two parts are layer and unit.
    """
    parts = text.strip().rsplit("/", 2)
    if len(parts) < 2 or not all(parts) or not parts[-1].isdecimal():
        return None
    return UnitAddress(parts[0] if len(parts) == 3 else "", parts[-2], int(parts[-1]))
