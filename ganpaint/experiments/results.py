"""Which results of an experiment are at hand: bundled ones, and a person's own. Free of torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dissection.experiments.experiment import Experiment
from dissection.experiments.registry import experiments
from dissection.experiments.result import Result
from dissection.experiments.store import MANIFEST, load_result
from dissection.report.figures import Figure
from dissection.runtime.resources import bundled_experiments, resources_folder
from ganpaint.toolkit.settings import Settings

_NOTED = "experiments"
_MOST = 40
#: Settings that say what a result is of; and how many others its title tells at most.
_NAMED = ("model", "dissection", "ablation", "layer", "concept", "brush")
_CHOSEN = 3


@dataclass(frozen=True)
class KnownResult:
    """A result that can be opened.

    Attributes:
        experiment: its name.
        label: what a list calls it.
        folder: where it is.
        ships: whether it came with the program.
    """

    experiment: str
    label: str
    folder: Path
    ships: bool


@dataclass(frozen=True, eq=False)
class OpenedResult:
    """A result that was read, with what its figures show.

    Attributes:
        result: what was measured.
        figures: by name.
        folder: where it is stored.
    """

    result: Result
    figures: Mapping[str, Figure]
    folder: Path

    @property
    def title(self) -> str:
        """What it is of, in a few words."""
        known = experiments().get(self.result.experiment)
        name = known.title if known is not None else self.result.experiment
        return f"{name} · {told_settings(self.result)}"

    @property
    def known(self) -> KnownResult:
        """As lists have it."""
        label = f"{self.folder.name}: {told_settings(self.result)}"
        return KnownResult(self.result.experiment, label, self.folder, False)


def open_result(folder: Path) -> OpenedResult:
    """Read a result and make out its figures.

    Raises:
        StoreError: it is missing or damaged.
    """
    result = load_result(folder)
    return OpenedResult(result, result.figures(), folder.parent if folder.is_file() else folder)


def told_settings(result: Result) -> str:
    """What it was made of: the network or dissection, what else was chosen, and the size."""
    named = [
        str(result.settings[key])
        for key in _NAMED
        if isinstance(result.settings.get(key), str) and result.settings[key]
    ]
    short = dict.fromkeys(Path(name).name for name in named)
    return ", ".join([*short, *_chosen(result)[:_CHOSEN], f"{result.size} size"])


def _chosen(result: Result) -> list[str]:
    """Other settings that are not as the size has them, in words: by them two results differ."""
    known = experiments().get(result.experiment)
    found = []
    for field in known.settings.described() if known is not None else ():
        default = field.defaults.get(result.size)  # type: ignore[call-overload]
        value = result.settings.get(field.name)
        usual = list(default) if isinstance(default, tuple) else default
        if field.name in _NAMED or value is None or value in ("", [], usual):
            continue
        values = value if isinstance(value, list) else [value]
        told = ", ".join(Path(each).name if isinstance(each, str) else str(each) for each in values)
        found.append(f"{field.name.replace('_', ' ')} {told}")
    return found


def is_result(path: Path) -> bool:
    """Whether a path is, by its name, a result's folder or the file in it."""
    return (path / MANIFEST).is_file() if path.is_dir() else path.name == MANIFEST


def shipped_results(experiment: Experiment) -> list[KnownResult]:
    """Those that came with the program."""
    folder, name = resources_folder() / "experiments", experiment.name
    names = [each for each in bundled_experiments() if f"{each}-".startswith(f"{name}-")]
    return [KnownResult(name, f"Bundled: {each}", folder / each, True) for each in names]


class OwnResults:
    """Results that a person made or opened, the last one first; what is gone is left out."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def of(self, experiment: str) -> list[KnownResult]:
        """Those of an experiment."""
        return [known for known in self.all() if known.experiment == experiment]

    def all(self) -> list[KnownResult]:
        """All that are still there."""
        noted = self._settings.noted(_NOTED)
        rows = noted if isinstance(noted, list) else []
        return [
            KnownResult(row[0], f"{Path(row[1]).name}: {row[2]}", Path(row[1]), False)
            for row in rows
            if isinstance(row, list)
            and len(row) == 3
            and all(isinstance(cell, str) for cell in row)
            and (Path(row[1]) / MANIFEST).is_file()
        ]

    def note(self, opened: OpenedResult) -> None:
        """Remember one that was opened; those that ship need not be."""
        if not opened.folder.is_relative_to(resources_folder()):
            self._note(opened.result.experiment, opened.folder, told_settings(opened.result))

    def note_made(self, experiment: str, folder: Path) -> None:
        """Remember one that a job has made, and that nobody has looked at yet."""
        self._note(experiment, folder, "not looked at yet")

    def _note(self, experiment: str, where: Path, told: str) -> None:
        folder = str(where.absolute())
        noted = self._settings.noted(_NOTED)
        rows = [row for row in (noted if isinstance(noted, list) else []) if folder not in row]
        new = [experiment, folder, told]
        self._settings.note(_NOTED, [new, *rows][:_MOST])
