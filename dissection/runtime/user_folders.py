"""Folders of the user's own, by the rules of the system; a user without a home has none."""

from contextlib import suppress
from pathlib import Path

import platformdirs

_NAME = "GANPaint"


def data_folder() -> Path | None:
    """Where what is kept for the user lies; None for one without a home, as in a container."""
    with suppress(RuntimeError, OSError):
        return _absolute(platformdirs.user_data_path(_NAME, appauthor=False))
    return None


def cache_folder() -> Path | None:
    """Where what can be made again lies; None for a user without a home."""
    with suppress(RuntimeError, OSError):
        return _absolute(platformdirs.user_cache_path(_NAME, appauthor=False))
    return None


def config_folder() -> Path | None:
    """Where what the user chose lies; None for a user without a home."""
    with suppress(RuntimeError, OSError):
        return _absolute(platformdirs.user_config_path(_NAME, appauthor=False))
    return None


def _absolute(path: Path) -> Path | None:
    return path if path.is_absolute() else None
