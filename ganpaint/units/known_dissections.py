"""Dissections that are at hand though not loaded: those that ship, a person's own, opened ones."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dissection.errors import BadInputError, DissectionError, UnknownNameError
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection
from dissection.results.stored.manifest import MANIFEST, read_manifest
from dissection.runtime import resources
from dissection.vocabulary import readable_name
from ganpaint.toolkit.settings import Settings
from ganpaint.units.address import parse_address, place_in, rest_behind, why_not_in
from ganpaint.units.notes_file import Place

#: In the settings: models and paths of dissections that were opened, the newest first.
_OPENED = "opened_dissections"
_MOST_OPENED = 40
#: Letters of an address that a sentence repeats.
_LETTERS = 120


@dataclass(frozen=True)
class Candidate:
    """Where a dissection is stored.

    Attributes:
        path: its folder, or another program's result file.
        model: of which network; None where that has to be read first.
    """

    path: Path
    model: str | None = None


@dataclass(frozen=True, eq=False)
class FoundUnit:
    """A unit of a dissection that was read for it.

    Attributes:
        dissection: that has it.
        path: where it was read from.
        place: layer and number.
    """

    dissection: Dissection
    path: Path
    place: Place


def candidates(
    settings: Settings, data: Path | None, given: Path | None = None
) -> tuple[Candidate, ...]:
    """All dissections at hand, in the order in which an address is looked for.

    Args:
        settings: remembers what was opened.
        data: the user's data folder; None for none.
        given: the one that the command line names; None for none.
    """
    found = [Candidate(given)] if given is not None else []
    found += [
        Candidate(resources.resource(f"dissections/{name}"), name)
        for name in resources.bundled_dissections()
    ]
    found += [Candidate(path, model) for model, path in opened(settings)]
    if data is not None:
        found += [Candidate(path.parent) for path in sorted(data.glob(f"dissections/*/{MANIFEST}"))]
    found += [Candidate(folder) for _, folder in settings.models if folder is not None]
    return tuple(found)


def opened(settings: Settings) -> list[tuple[str, Path]]:
    """Models and paths of dissections that were opened, the newest first."""
    noted = settings.noted(_OPENED)
    return [
        (row[0], Path(row[1]))
        for row in (noted if isinstance(noted, list) else [])
        if isinstance(row, list) and len(row) == 2 and all(isinstance(part, str) for part in row)
    ][:_MOST_OPENED]


def note_opened(settings: Settings, model: str, path: Path) -> None:
    """Remember that a dissection was opened, unless it ships."""
    path, before = path.absolute(), opened(settings)
    if not is_bundled(path) and (model, path) not in before:
        rows = [(model, path), *(row for row in before if row[1] != path)]
        settings.note(_OPENED, [[m, str(p)] for m, p in rows[:_MOST_OPENED]])


def is_bundled(path: Path | None) -> bool:
    """Whether a dissection is one that ships, by where it was read from; None is one."""
    return path is None or path.absolute().parent == resources.resources_folder() / "dissections"


def find_unit(text: str, among: Sequence[Candidate]) -> FoundUnit:
    """Read the first dissection that has the unit of an address.

    Raises:
        BadInputError: the text is no address.
        UnknownNameError: no dissection of the model is at hand, or none has the unit.
        StoreError: the only one cannot be read.
    """
    said = text.strip()[:_LETTERS]
    address = parse_address(text)
    if address is None or not address.model:
        raise BadInputError(
            f"'{said}' is no address of a unit; one is MODEL/LAYER/NUMBER, such as "
            "storybook-church/layer4/123."
        )
    why: DissectionError | None = None
    for path in _of_model(text.strip(), among):
        try:
            dissection = load_dissection(path)
        except DissectionError as error:
            why = why or error
            continue
        place = place_in(text, dissection)
        if place is not None:
            return FoundUnit(dissection, path, place)
        if rest_behind(text.strip(), dissection.model, dissection.network) is not None:
            why = UnknownNameError(why_not_in(text, dissection))
    raise why or UnknownNameError(
        f"No dissection of {address.model} is at hand, so {said} leads nowhere yet; open it once "
        "(its folder, a report.json or a dissect.json), and it does."
    )


def _of_model(text: str, among: Sequence[Candidate]) -> Iterator[Path]:
    """Those that may be of the address's model; what is gone is passed over."""
    for each in among:
        if not each.path.exists():
            continue
        model = each.model
        if model is None:
            with suppress(DissectionError):
                model = readable_name(str(read_manifest(each.path)["model"]))
        if model is None or text.startswith((f"{model}/", f"{model}@")):
            yield each.path
