"""What is remembered from one start to the next: window, theme, recent files, the hint."""

import json
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow

from ganpaint.toolkit.theme import THEMES

#: Raised when docks or tool bars change, so that an old layout is not laid over new ones.
_LAYOUT = 2
_MOST_RECENT = 8


def home_folder() -> Path:
    """Where file dialogs begin: the home folder, or where there is none (containers), here."""
    try:
        return Path.home()
    except RuntimeError:
        return Path.cwd()


class Settings:
    """A store that never gets in the way: what cannot be read or written is left at its default.

    Args:
        store: where to keep things; None remembers nothing beyond this one object.
    """

    def __init__(self, store: QSettings | None = None) -> None:
        self._store = store
        self._noted: dict[str, str] = {}

    @property
    def theme(self) -> str:
        """The name of the theme, ``dark`` at first."""
        name = self._store.value("theme") if self._store else None
        return name if isinstance(name, str) and name in THEMES else "dark"

    @theme.setter
    def theme(self, name: str) -> None:
        self._write("theme", name)

    @property
    def device(self) -> str:
        """What pictures are computed on, ``auto`` at first."""
        name = self.noted("device")
        return name if isinstance(name, str) and name else "auto"

    @device.setter
    def device(self, name: str) -> None:
        self.note("device", name)

    @property
    def has_painted(self) -> bool:
        """Whether a stroke was ever painted: then the hint is not shown again."""
        return self._store is not None and str(self._store.value("has_painted")) == "true"

    @has_painted.setter
    def has_painted(self, painted: bool) -> None:
        self._write("has_painted", "true" if painted else "false")

    @property
    def recent(self) -> list[Path]:
        """Files that were opened or saved last, newest first."""
        stored = self._store.value("recent") if self._store else None
        try:
            paths = json.loads(stored) if isinstance(stored, str) else []
        except ValueError:
            return []
        known = paths if isinstance(paths, list) else []
        return [Path(path) for path in known if isinstance(path, str)][:_MOST_RECENT]

    def note_recent(self, path: Path) -> None:
        """A file was opened or saved."""
        absolute = path.absolute()
        paths = [absolute, *(other for other in self.recent if other != absolute)]
        self._write("recent", json.dumps([str(p) for p in paths[:_MOST_RECENT]]))

    @property
    def models(self) -> list[tuple[Path, Path | None]]:
        """Own generators that were opened, the last one first, with their dissections."""
        stored = self._store.value("models") if self._store else None
        try:
            rows = json.loads(stored) if isinstance(stored, str) else []
        except ValueError:
            return []
        pairs = [
            (Path(row[0]), Path(row[1]) if row[1] else None)
            for row in (rows if isinstance(rows, list) else [])
            if isinstance(row, list) and len(row) == 2 and all(isinstance(p, str) for p in row)
        ]
        return pairs[:_MOST_RECENT]

    def note_model(self, file: Path, dissection: Path | None) -> None:
        """An own generator is in use, with a dissection or without."""
        file = file.absolute()
        others = [pair for pair in self.models if pair[0] != file]
        pairs = [(file, dissection and dissection.absolute()), *others][:_MOST_RECENT]
        self._write("models", json.dumps([[str(f), str(d) if d else ""] for f, d in pairs]))

    def noted(self, name: str) -> object:
        """A JSON value that ``note`` kept; None where there is none."""
        stored = self._store.value(name) if self._store else self._noted.get(name)
        try:
            return json.loads(stored) if isinstance(stored, str) else None
        except ValueError:
            return None

    def note(self, name: str, value: object) -> None:
        """Keep a JSON value, such as the last choice in a dialog."""
        self._noted[name] = json.dumps(value)
        self._write(name, self._noted[name])

    def restore(self, window: QMainWindow) -> None:
        """Give a window the size and place that it had."""
        geometry = self._store.value("geometry") if self._store else None
        if isinstance(geometry, QByteArray):
            window.restoreGeometry(geometry)

    def restore_layout(self, window: QMainWindow) -> None:
        """Give the painter the docks and bars that it had."""
        state = self._store.value("state") if self._store else None
        if isinstance(state, QByteArray):
            window.restoreState(state, _LAYOUT)

    def keep(self, window: QMainWindow) -> None:
        """Remember a window's size and place."""
        self._write("geometry", window.saveGeometry())

    def keep_layout(self, window: QMainWindow) -> None:
        """Remember the painter's docks and bars."""
        self._write("state", window.saveState(_LAYOUT))

    def _write(self, key: str, value: object) -> None:
        if self._store is not None:
            self._store.setValue(key, value)
