"""Slices that a person named, and tables of tags, kept from one start to the next."""

from collections.abc import Sequence
from typing import Any

from dissection.vocabulary import readable_name
from ganpaint.classifier.slices.slice import Slice
from ganpaint.toolkit.settings import Settings

_NOTED = "slices"
#: Networks whose slices are kept.
_KEPT = 50


class SliceStore:
    """What is kept, by the network that it was made for.

    Args:
        settings: where it is kept.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        noted = settings.noted(_NOTED)
        # Kept here, too: settings may remember nothing.
        self._kept: dict[str, Any] = dict(noted) if isinstance(noted, dict) else {}

    def slices(self, network: str) -> list[Slice]:
        """The slices of a network, by their names."""
        found = []
        for entry in self._of(network).get("slices", ()):
            if not isinstance(entry, dict) or not isinstance(entry.get("conditions"), dict):
                continue
            told = entry["conditions"].items()
            conditions = {readable_name(str(tag)): readable_name(str(value)) for tag, value in told}
            if conditions and entry.get("name"):
                found.append(Slice(conditions, readable_name(str(entry["name"]))))
        return found

    def keep(self, network: str, slices: Sequence[Slice]) -> None:
        """Keep these slices of a network and no others."""
        told = [{"name": each.name, "conditions": dict(each.conditions)} for each in slices]
        self._write(network, {**self._of(network), "slices": told})

    def table(self, network: str) -> str:
        """The path of a network's table of tags; an empty text where there is none."""
        return str(self._of(network).get("table", ""))

    def keep_table(self, network: str, path: str) -> None:
        """Keep where a table of tags is; an empty text for none."""
        self._write(network, {**self._of(network), "table": path})

    def _of(self, network: str) -> dict[str, Any]:
        found = self._kept.get(network)
        return dict(found) if isinstance(found, dict) else {}

    def _write(self, network: str, told: dict[str, Any]) -> None:
        self._kept.pop(network, None)
        self._kept[network] = told
        self._kept = dict(list(self._kept.items())[-_KEPT:])
        self._settings.note(_NOTED, self._kept)
