"""The catalog with one more experiment, a result of it, and the tab."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dissection.experiments import catalog
from dissection.experiments.registry import experiments
from dissection.experiments.running import run_experiment
from ganpaint.experiments.view import ExperimentsView
from ganpaint.window.main_window import MainWindow
from support.experiments_tab import PAINTED, show


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One more experiment: a file in a folder of the catalog, and no other edit."""
    folder = tmp_path_factory.mktemp("catalog")
    (folder / "painted.py").write_text(PAINTED)
    catalog.__path__.append(str(folder))
    experiments.cache_clear()
    yield
    catalog.__path__.remove(str(folder))
    sys.modules.pop(f"{catalog.__name__}.painted", None)
    experiments.cache_clear()


@pytest.fixture
def result(painted: None, tmp_path: Path) -> Path:
    run_experiment("painted", out=tmp_path / "result")
    return tmp_path / "result"


@pytest.fixture
def view(painted: None, window: MainWindow) -> ExperimentsView:
    return show(window)
