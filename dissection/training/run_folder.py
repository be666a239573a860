"""A training run on disk: settings, the newest state, a log and sample sheets."""

import json
from pathlib import Path
from typing import Any

import torch

from dissection.errors import BadInputError, DissectionError
from dissection.runtime.files import replacing, write_text


class RunFolder:
    """One folder for each run; a run that was killed goes on from its newest whole state.

    Args:
        path: the folder, made if missing.
        settings: everything that decides the result. A run is only resumed with the settings it
            was started with.
        free: names of settings that may differ when a run is resumed (how often to save, ...).
        defaults: what it means that a stored run lacks a setting.

    Raises:
        BadInputError: the folder holds a run with other settings.
    """

    def __init__(
        self,
        path: Path,
        settings: dict[str, Any],
        free: tuple[str, ...] = (),
        defaults: dict[str, Any] | None = None,
    ) -> None:
        self.path = path
        path.mkdir(parents=True, exist_ok=True)
        settings = json.loads(json.dumps(settings))
        self._settings = path / "settings.json"
        before = stored_settings(path)
        if before is not None:
            before = json.loads(json.dumps(defaults or {})) | before
            for name in sorted({*before, *settings} - set(free)):
                if before.get(name) != settings.get(name):
                    raise BadInputError(
                        f"The folder {path} holds a run with {name} {before.get(name)}, not "
                        f"{settings.get(name)}; resume it with the same settings, or name another "
                        "folder with --out."
                    )
        self.keep_settings(settings)

    def keep_settings(self, settings: dict[str, Any]) -> None:
        """Replace the stored settings: of those that are free, or decided while the run runs."""
        write_text(self._settings, json.dumps(settings, indent=1))

    def load(self) -> dict[str, Any] | None:
        """The newest state, or None if the run has not saved one yet.

        Raises:
            DissectionError: the file is damaged.
        """
        path = self.path / "state.pt"
        if not path.exists():
            return None
        try:
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            raise DissectionError(
                f"The training state {path} cannot be read ({type(error).__name__}); remove it to "
                "start the run anew."
            ) from error
        return state

    def save(self, state: dict[str, Any]) -> None:
        """Replace the state by a newer one, whole."""
        with replacing(self.path / "state.pt") as temporary:
            torch.save(state, temporary)

    def log(self, row: dict[str, Any]) -> None:
        """Append one line of JSON to ``log.jsonl``."""
        with (self.path / "log.jsonl").open("a") as file:
            file.write(json.dumps(row) + "\n")


def stored_settings(path: Path) -> dict[str, Any] | None:
    """The settings that a run in this folder was started with, or None without a run.

    Raises:
        DissectionError: the file is damaged.
    """
    file = path / "settings.json"
    if not file.exists():
        return None
    try:
        stored = json.loads(file.read_text())
    except ValueError:
        stored = None
    if not isinstance(stored, dict):
        raise DissectionError(
            f"{file} is damaged: name another folder with --out, or remove it with its run."
        )
    return stored
