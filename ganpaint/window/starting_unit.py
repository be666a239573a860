"""The unit that ``ganpaint --unit`` begins with, looked for before there is a window."""

import argparse

from PySide6.QtCore import QSettings

from dissection.runtime.user_folders import data_folder
from ganpaint.models.known_models import bundled_generators
from ganpaint.toolkit.settings import Settings
from ganpaint.units.known_dissections import candidates, find_unit


def find_starting_unit(options: argparse.Namespace) -> str:
    """Check that there is the unit that the options name.

    Returns:
        The bundled generator that it is of; empty for another network.

    Raises:
        BadInputError: the text is no address.
        UnknownNameError: no dissection at hand has the unit.
        StoreError: the dissection cannot be read.
    """
    settings = Settings(QSettings("GANPaint", "GANPaint"))
    found = find_unit(options.unit, candidates(settings, data_folder(), options.dissection))
    model = found.dissection.model
    return model if model in bundled_generators() else ""
