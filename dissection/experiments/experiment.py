"""What an experiment is. Free of torch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from dissection.experiments.result import Measured, Result
from dissection.experiments.settings import RESERVED, ExperimentSettings

if TYPE_CHECKING:
    from dissection.experiments.execution import Execution
    from dissection.report.figures import Figure


@dataclass(frozen=True)
class Experiment:
    """One experiment.

    Attributes:
        name: of the command and the Python function, a lower-case word: the module's.
        title: a few words.
        figure: what of which paper it is, such as "Bau et al. 2020, figures 4A and 4B".
        idea: the paper's idea in one sentence.
        settings: the class of its settings.
        run: does it: ``run(settings, execution)`` gives what was measured.
        figures: what its figures show, by name, of a result; the first one is its picture.
        of: what networks it is about.
        takes: how long the sizes take on what machine, for the help; as measured.
        shipped: results that ship: the ending of the folder's name ("" is none) to the settings
            that differ from the default.
    """

    name: str
    title: str
    figure: str
    idea: str
    settings: type[ExperimentSettings]
    run: "Callable[[Any, Execution], Measured]"
    figures: "Callable[[Result], Mapping[str, Figure]]"
    of: Literal["generator", "classifier", "network"] = "network"
    takes: str = ""
    shipped: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: {"": {}})

    def __post_init__(self) -> None:
        clash = RESERVED.intersection(found.name for found in self.settings.described())
        if clash:
            raise TypeError(f"{self.name}: settings cannot be called {', '.join(sorted(clash))}")
