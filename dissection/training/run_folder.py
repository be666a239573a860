"""A training run on disk: settings, the newest state, a log and sample sheets."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import torch

from dissection.errors import BadInputError, DissectionError, StoreError
from dissection.runtime.files import (
    reason,
    write_bytes,
    write_with,
)
from dissection.runtime.own_files import LIST, LOCK, PART, OwnFiles
from dissection.runtime.reading import read_object, require_ordinary

_SETTINGS, _STATE, _LOG = "settings.json", "state.pt", "log.jsonl"
SAMPLES, START = "samples.png", "start.safetensors"
GENERATOR, SEGMENTER = "generator.safetensors", "segmenter.safetensors"
CLASSIFIER, DISCRIMINATOR = "classifier.safetensors", "discriminator.safetensors"
UPSCALER = "upscaler.safetensors"
_NETWORKS = (GENERATOR, SEGMENTER, CLASSIFIER, DISCRIMINATOR, UPSCALER)
_FILES = (_SETTINGS, _STATE, _LOG, SAMPLES, START, *_NETWORKS)
#: What a run may raise that is given the state of another.
_WRONG_STATE = (LookupError, TypeError, ValueError, AttributeError, RuntimeError, ArithmeticError)
#: Folders of a run in its folder.
PICTURES, SNAPSHOTS = "pictures", "snapshots"
#: Bytes that are read at most: a state has weights, averages and moments in float32.
_LARGEST_STATE = 16 << 30
_LARGEST_SETTINGS = 1 << 20


class RunFolder:
    """One folder for each run; a run that was killed goes on from its newest whole state.

    Args:
        path: the folder, made if missing.
        settings: everything that decides the result. A run is only resumed with the settings it
            was started with.
        free: names of settings that may differ when a run is resumed (how often to save, ...).
        defaults: what it means that a stored run lacks a setting.

    It is the run's alone until the ``with`` block ends: a second training in it says so and stops.

    Raises:
        BadInputError: the folder holds a run with other settings.
        StoreError: it holds other files and no run, or a file of another that has a name of these,
            or another training works there.
    """

    def __init__(
        self,
        path: Path,
        settings: dict[str, Any],
        free: tuple[str, ...] = (),
        defaults: dict[str, Any] | None = None,
    ) -> None:
        self.path = path
        require_run_folder(path)
        settings = json.loads(json.dumps(settings))
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
        self._own = _own_files(path)
        self._own.lock("training")
        try:
            self._own.claim(*_FILES)
            self.keep_settings(settings)
        except BaseException:
            self._own.unlock()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._own.unlock()

    def keep_settings(self, settings: dict[str, Any]) -> None:
        """Replace the stored settings: of those that are free, or decided while the run runs."""
        data = json.dumps(settings, indent=1).encode()
        write_bytes(self.path / _SETTINGS, data, self._own.part(_SETTINGS))

    def load(self) -> dict[str, Any] | None:
        """The newest state, or None if the run has not saved one yet; see ``resume``.

        Raises:
            DissectionError: the file is damaged.
        """
        path = self.path / _STATE
        if not path.exists():
            return None
        try:
            require_ordinary(path, _LARGEST_STATE)
            state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            raise DissectionError(
                f"The training state {path} cannot be read ({type(error).__name__}); remove it to "
                "start the run anew."
            ) from error
        return state

    def resume(self, restore: Callable[[dict[str, Any]], None]) -> None:
        """Hand the newest state, if there is one, to the run.

        Raises:
            DissectionError: the file is damaged, or its state is one of another network.
        """
        state = self.load()
        if not state:
            return
        try:
            restore(state)
        except _WRONG_STATE as error:
            raise DissectionError(
                f"The training state {self.path / _STATE} is not of this run "
                f"({type(error).__name__}); remove it to start the run anew."
            ) from error

    def save(self, state: dict[str, Any]) -> None:
        """Replace the state by a newer one, whole."""
        write_with(
            self.path / _STATE, lambda stream: torch.save(state, stream), self._own.part(_STATE)
        )

    def log(self, row: dict[str, Any]) -> None:
        """Append one line of JSON to ``log.jsonl``."""
        path = self.path / _LOG
        try:
            with path.open("a") as file:
                file.write(json.dumps(row) + "\n")
        except OSError as error:
            raise DissectionError(
                f"Cannot write {path}: {reason(error)}; free some space, and start the command "
                "again to go on."
            ) from error

    def restart_log(self, rows: Iterable[dict[str, Any]]) -> None:
        """Make ``log.jsonl`` what it was at the state that the run goes on from."""
        data = "".join(json.dumps(row) + "\n" for row in rows).encode()
        write_bytes(self.path / _LOG, data, self._own.part(_LOG))


def stored_settings(path: Path) -> dict[str, Any] | None:
    """The settings that a run in this folder was started with, or None without a run.

    Raises:
        DissectionError: the file is damaged.
    """
    file = path / _SETTINGS
    if not file.exists():
        return None
    try:
        return read_object(file, _LARGEST_SETTINGS)
    except (OSError, ValueError) as error:
        raise DissectionError(
            f"{file} is damaged: name another folder with --out, or remove it with its run."
        ) from error


def require_run_folder(path: Path) -> None:
    """Refuse a folder for a run before pictures are made, not behind it.

    Raises:
        StoreError: it holds other files and no run.
    """
    own = _own_files(path)
    if own.names or own.listed or own.is_empty():
        return
    if any(entry.name not in (PICTURES, SNAPSHOTS) for entry in path.iterdir()):
        raise StoreError(
            f"{path} is not empty and holds no training; choose another folder, so that nothing "
            "in it is replaced."
        )


def run_uses(name: str) -> bool:
    """Whether a run keeps a file of this name in its folder, in whatever case it is written."""
    known = {*_FILES, LIST, LOCK}
    return name.casefold() in {n.casefold() for f in known for n in (f, f"{f}{PART}")}


def _own_files(path: Path) -> OwnFiles:
    own = OwnFiles(path)
    if own.listed:
        return own
    # Earlier versions kept no list; their settings tell what the run learns from.
    stored = stored_settings(path) if path.is_dir() else None
    return OwnFiles(path, _FILES) if stored is not None and "data" in stored else own
