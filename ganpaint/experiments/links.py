"""Finds the dissection that a unit of a result is looked at in."""

from collections.abc import Iterator
from pathlib import Path

from dissection.errors import BadInputError
from dissection.experiments.dissections import find_dissection
from dissection.experiments.result import Result
from dissection.report.figures import UnitLink
from dissection.runtime.resources import bundled_dissections
from ganpaint.tabs.context import LoadedDissection, WindowContext


class UnitFinder:
    """Knows which dissections are at hand, and which could be read.

    Args:
        context: knows those that are loaded.
    """

    def __init__(self, context: WindowContext) -> None:
        self._context = context

    def loaded(self, link: UnitLink, result: Result) -> LoadedDissection | None:
        """The loaded dissection that has the unit; None where there is none."""
        digest, names = str(result.provenance.get("network", "")), list(_names(result))
        for each in self._context.dissections:
            known = each.dissection
            same = known.is_of(digest) or each.name in names or known.model in names
            if same and link.layer in known and link.unit < known[link.layer].shape[0]:
                return each
        return None

    def name(self, result: Result) -> str:
        """What could be read instead: a bundled name or a folder; empty where nothing is there."""
        ships = bundled_dissections()
        return next(
            (n for n in _names(result) if n in ships or (Path(n) / "dissection.json").is_file()), ""
        )

    @staticmethod
    def read(name: str, layer: str) -> LoadedDissection:
        """Read it.

        Raises:
            StoreError: it is damaged.
            BadInputError: it lacks the layer.
        """
        found = find_dissection(name)
        if layer not in found:
            raise BadInputError(
                f"The dissection {name} has no {layer}; dissect it with the menu Dissect."
            )
        folder = Path(name)
        return LoadedDissection(found.model, found, folder if folder.is_dir() else None)


def _names(result: Result) -> Iterator[str]:
    """Networks and dissections that a result names."""
    for key in ("dissection", "dissections", "model", "network"):
        value = result.settings.get(key)
        for name in [value] if isinstance(value, str) else value or ():
            if isinstance(name, str) and name:
                yield name
