"""The Units tab on the tiny generator's dissection."""

from dataclasses import replace
from pathlib import Path

import pytest
from synthetic import make_dissection
from units_tab import show_units

from dissection.results.store import save_dissection
from dissection.runtime.files import file_digest
from ganpaint.units.view import UnitsView
from ganpaint.window.main_window import MainWindow

LAYERS = {"layer3": (32, 8, 8), "layer4": (32, 8, 8)}


@pytest.fixture(scope="session")
def dissection(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The synthetic dissection, of latents that the tiny generator can draw again."""
    made = make_dissection("tiny", file_digest(model), LAYERS)
    sample = {**made.provenance["sample"], "depth": 24}
    folder = tmp_path_factory.mktemp("units") / "tiny"
    save_dissection(replace(made, provenance={**made.provenance, "sample": sample}), folder)
    return folder


@pytest.fixture
def tab(window: MainWindow) -> UnitsView:
    """The tab of units of a window on the tiny generator."""
    return show_units(window)
