"""Which network and pictures belong to an ablation: remembered, and asked for where unknown."""

from pathlib import Path

from PySide6.QtWidgets import QWidget

from ganpaint.classifier.studies.study import AblationStudy
from ganpaint.toolkit.file_dialogs import ask_file, ask_folder
from ganpaint.toolkit.settings import Settings

_NOTED = "ablations"
_KEPT = 20


class StudySources:
    """Network and held-out pictures of ablations by folder, as far as they were told once.

    Args:
        settings: where that is kept.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        noted = settings.noted(_NOTED)
        # Kept here, too: settings may remember nothing.
        self._kept: dict[str, tuple[str, str]] = {
            str(folder): (str(pair[0]), str(pair[1]))
            for folder, pair in (noted.items() if isinstance(noted, dict) else ())
            if isinstance(pair, list) and len(pair) == 2
        }

    def known(self, folder: Path) -> tuple[str, str]:
        """Network and pictures of an ablation; empty texts where they are not known."""
        return self._kept.get(str(folder.absolute()), ("", ""))

    def note(self, folder: Path, model: str, pictures: str) -> None:
        """Remember them."""
        name = str(folder.absolute())
        self._kept.pop(name, None)
        self._kept[name] = (model, pictures)
        self._kept = dict(list(self._kept.items())[-_KEPT:])
        told = {each: list(pair) for each, pair in self._kept.items()}
        self._settings.note(_NOTED, told)


def missing(study: AblationStudy) -> tuple[str, str]:
    """What is to be done before units can be taken out: a sentence, and the word of its button."""
    if not study.model:
        return "Choose the file of its network", "Choose the network…"
    if not study.pictures:
        return "Choose the folder of its held-out pictures", "Choose the pictures…"
    return "Load its network and held-out pictures", "Load"


def ask_missing(study: AblationStudy, parent: QWidget) -> tuple[str, str] | None:
    """Ask for the first thing that is missing.

    Returns:
        Network and pictures as they are known then; None where nothing was chosen.
    """
    if not study.model:
        model = ask_file(parent, "The network of this ablation", "", "networks")
        return (str(model), study.pictures) if model else None
    title = "Held-out pictures, a folder for each class"
    pictures = ask_folder(parent, title, "samples")
    return (study.model, str(pictures)) if pictures else None
