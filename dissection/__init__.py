"""Network dissection: which units of a network mean what, and what happens when they change.

The numerical library behind the GANPaint window and the ``dissection`` command. It never imports
Qt. Importing this package is cheap: the names below are found when they are first used, and torch
is imported only by those that compute with it.

Example: paint a door where the upper left quarter of a picture is.
    >>> import numpy as np
    >>> import dissection
    >>> from dissection.runtime.resources import resource
    >>> renderer = dissection.Renderer(
    ...     dissection.load_generator("storybook-church"), device="cpu", precision="float32"
    ... )
    >>> renderer.set_latent(np.random.default_rng(0).standard_normal(512, np.float32))
    >>> before = renderer.render()
    >>> units = dissection.load_dissection(resource("dissections/storybook-church"))
    >>> door = next(b for b in units.brushes() if b.concept.name == "door")
    >>> mask = np.zeros((128, 128), np.float32)
    >>> mask[:64, :64] = 1
    >>> after = renderer.render(dissection.Edit((dissection.Stroke(mask, door.brush),)))
    >>> bool((before != after).any())
    True
"""

from importlib import import_module
from typing import TYPE_CHECKING

from dissection.runtime.version import VERSION

if TYPE_CHECKING:
    from dissection.data.storybook.book import Storybook
    from dissection.experiments.running import run_experiment
    from dissection.experiments.store import load_result
    from dissection.interventions.ablation.store import load_ablation, save_ablation
    from dissection.interventions.ablation.sweep import ablate
    from dissection.measurement.settings import DissectionSettings
    from dissection.models.classifiers.load import load_network
    from dissection.models.generators.checkpoints import load_generator
    from dissection.models.generators.renderer import Renderer
    from dissection.models.segmenters.load import load_segmenter
    from dissection.painting.edits import Edit, Stroke
    from dissection.pipeline import dissect
    from dissection.results.dissection import Dissection
    from dissection.results.store import load_dissection, save_dissection

__version__ = VERSION

__all__ = [
    "Dissection",
    "DissectionSettings",
    "Edit",
    "Renderer",
    "Storybook",
    "Stroke",
    "__version__",
    "ablate",
    "dissect",
    "load_ablation",
    "load_dissection",
    "load_generator",
    "load_network",
    "load_result",
    "load_segmenter",
    "run_experiment",
    "save_ablation",
    "save_dissection",
]

#: Where each public name lives.
_HOMES = {
    "Dissection": "dissection.results.dissection",
    "DissectionSettings": "dissection.measurement.settings",
    "Edit": "dissection.painting.edits",
    "Renderer": "dissection.models.generators.renderer",
    "Storybook": "dissection.data.storybook.book",
    "Stroke": "dissection.painting.edits",
    "ablate": "dissection.interventions.ablation.sweep",
    "dissect": "dissection.pipeline",
    "load_ablation": "dissection.interventions.ablation.store",
    "load_dissection": "dissection.results.store",
    "load_generator": "dissection.models.generators.checkpoints",
    "load_network": "dissection.models.classifiers.load",
    "load_result": "dissection.experiments.store",
    "load_segmenter": "dissection.models.segmenters.load",
    "run_experiment": "dissection.experiments.running",
    "save_ablation": "dissection.interventions.ablation.store",
    "save_dissection": "dissection.results.store",
}


def __getattr__(name: str) -> object:
    """A public name, imported when it is first asked for; ``experiments`` is a package."""
    if name == "experiments":
        return import_module("dissection.experiments")
    if name not in _HOMES:
        raise AttributeError(f"module 'dissection' has no attribute '{name}'")
    found: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """What tab completion shows."""
    return sorted({*globals(), *__all__})
