"""Generators that one can choose from: bundled, downloaded, and opened before."""

from dataclasses import dataclass
from pathlib import Path

from dissection.models.bundled import bundled_generators as generators_that_ship
from dissection.runtime import resources
from ganpaint.toolkit.settings import Settings

#: Endings of the files that generators come in.
ENDINGS = (".safetensors", ".pth", ".pt")
BUNDLED, DOWNLOADED, RECENT = "Bundled", "Downloaded", "Opened before"


@dataclass(frozen=True)
class KnownModel:
    """A generator that is at hand.

    Attributes:
        model: the bundled name, or the path of the file.
        kind: ``BUNDLED``, ``DOWNLOADED`` or ``RECENT``.
        dissection: folder of its dissection; None for the one that is bundled, or for none.
        dissected: whether it has a dissection.
    """

    model: str
    kind: str
    dissection: Path | None
    dissected: bool

    @property
    def name(self) -> str:
        """What the menu calls it."""
        return self.model if self.kind == BUNDLED else Path(self.model).name


def bundled_generators() -> list[str]:
    """The bundled generators that have a dissection to paint with."""
    dissected = resources.bundled_dissections()
    return [name for name in generators_that_ship() if name in dissected]


def own_dissection(model: str, data: Path | None) -> Path | None:
    """The folder with what a person measured of a bundled generator; None without one."""
    if data is None or model not in resources.bundled_models():
        return None
    folder = data / "dissections" / model
    return folder if (folder / "dissection.json").is_file() else None


def known_models(settings: Settings, data: Path | None) -> list[KnownModel]:
    """All generators at hand: bundled ones, downloaded ones, then those opened last.

    Args:
        settings: remembers what was opened.
        data: the user's data folder, with ``models/`` and ``dissections/`` of what was downloaded.
    """
    found = [
        KnownModel(name, BUNDLED, own_dissection(name, data), True) for name in bundled_generators()
    ]
    if data is not None:
        for path in sorted((data / "models").glob("*")):
            if path.suffix.lower() in ENDINGS and path.is_file():
                folder = data / "dissections" / path.stem
                own = folder if folder.is_dir() else None
                found.append(KnownModel(str(path), DOWNLOADED, own, own is not None))
    listed = {known.model for known in found}
    for file, opened in settings.models:
        if str(file) not in listed and file.is_file():
            own = opened if opened and opened.is_dir() else None
            found.append(KnownModel(str(file), RECENT, own, own is not None))
    return found
