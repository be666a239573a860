"""The tabs of the window, in order; the first is made at once, the others when first shown."""

from importlib import import_module
from types import ModuleType

from ganpaint.tabs.context import WindowContext
from ganpaint.tabs.tab import Tab, TabKind

TABS: tuple[TabKind, ...] = (
    TabKind("painter", "Paint", "paint", "Paint scenes", "ganpaint.window.painter_tab:Painter"),
    TabKind(
        "units",
        "Units",
        "units",
        "See what every unit of a layer means",
        "ganpaint.units.tab:Units",
        ("dissection.json", "report.json", "dissect.json"),
    ),
    TabKind(
        "classifier",
        "Classifier",
        "classifier",
        "See which classes need which units",
        "ganpaint.classifier.tab:Classifier",
        ("ablation.json",),
    ),
    TabKind(
        "experiments",
        "Experiments",
        "experiments",
        "Make the papers' figures, of any network",
        "ganpaint.experiments.tab:Experiments",
        ("result.json",),
    ),
)


def make_tab(kind: TabKind, context: WindowContext) -> Tab:
    """Import and make a tab.

    Raises:
        TypeError: the class is no ``Tab``.
    """
    module, _, name = kind.path.partition(":")
    made = getattr(_imported(module), name)(context)
    if not isinstance(made, Tab):
        raise TypeError(f"{kind.path} is no Tab.")
    return made


def _imported(module: str) -> ModuleType:
    """A tab's module; looked for twice.

    While torch loads in the render thread, Qt's import hook looks into modules that are there by
    half, and an import of pydantic in this thread can fail of it; the next one does not.
    """
    try:
        return import_module(module)
    except ImportError:
        return import_module(module)
