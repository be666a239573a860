"""The papers' figures, each a command, a Python function and a view.

    result = dissection.experiments.erase(model="storybook-church", concept="tree", size="quick")
    result.to_pandas()
    result.plot()["removed"].savefig("removed.svg")

``dissection experiment --list`` tells which there are. Each name of the list is a function here,
with the experiment's settings as keyword arguments; see ``dissection.experiments.running``.
"""

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from dissection.experiments.result import Result


def __getattr__(name: str) -> "Callable[..., Result]":
    """The function of an experiment."""
    if name.startswith("_") or name not in _names():
        raise AttributeError(f"module 'dissection.experiments' has no attribute '{name}'")
    from dissection.experiments.registry import experiments

    def function(**given: Any) -> "Result":
        from dissection.experiments.running import run_experiment

        return run_experiment(name, **given)

    experiment = experiments()[name]
    function.__name__ = function.__qualname__ = name
    function.__doc__ = "\n".join(
        [experiment.idea, "", f"{experiment.figure}.", "", "Settings:"]
        + [f"    {found.name}: {found.description}" for found in experiment.settings.described()]
        + ["", "Other arguments are those of ``running.run_experiment``."]
    )
    return function


def __dir__() -> list[str]:
    """What tab completion shows."""
    return sorted({*globals(), *_names()})


def _names() -> set[str]:
    # Imports ask for modules as attributes first: the registry may not be imported here.
    catalog = import_module("dissection.experiments.catalog")
    return {module.name for module in pkgutil.iter_modules(catalog.__path__)}
