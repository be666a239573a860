"""Which experiments there are: every module of ``catalog`` that has an ``EXPERIMENT``.

Adding one is adding one file there, and no other edit. Free of torch, as those files are until they
run: what is heavy they import inside the functions that need it.
"""

import pkgutil
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module

from dissection.errors import UnknownNameError
from dissection.experiments import catalog
from dissection.experiments.experiment import Experiment


@cache
def experiments() -> Mapping[str, Experiment]:
    """All experiments by name, in alphabetical order.

    Example:
        >>> "layers" in experiments()
        True
    """
    found = {}
    for module in pkgutil.iter_modules(catalog.__path__):
        path = f"{catalog.__name__}.{module.name}"
        experiment = getattr(import_module(path), "EXPERIMENT", None)
        if not isinstance(experiment, Experiment) or experiment.name != module.name:
            raise TypeError(f"{path} has no EXPERIMENT of its own name")
        found[experiment.name] = experiment
    return dict(sorted(found.items()))


def find_experiment(name: str) -> Experiment:
    """An experiment by name.

    Raises:
        UnknownNameError: there is none; the sentence names the nearest.
    """
    known = experiments()
    if name not in known:
        near = get_close_matches(name, known, n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(known)}."
        raise UnknownNameError(f"There is no experiment '{name}'; {hint}")
    return known[name]
