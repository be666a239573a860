"""A fault of memory in one process of tests ends the whole run, which tells where it was."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONFTEST = """
import pytest
from support.crashes import CrashNotes

@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    config.pluginmanager.register(CrashNotes())
"""
DIES = """
import ctypes

def test_that_dies():
    ctypes.string_at(0)
"""
LIVES = """
def test_one():
    pass

def test_two():
    pass
"""


def test_a_run_in_which_a_process_dies_ends_and_says_where(tmp_path: Path) -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]
    (tmp_path / "pytest.ini").write_text(
        f"[pytest]\naddopts = {settings['ini_options']['addopts']}"
    )
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_0.py").write_text(DIES + LIVES)
    for number in range(1, 5):
        (tmp_path / f"test_{number}.py").write_text(LIVES)
    own = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST_", "GANPAINT_TESTS"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={**own, "PYTHONPATH": str(ROOT / "tests")},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    _, told = done.stdout.split(" died ===", 1)  # at the end, behind all that tests printed
    assert "Fatal Python error: Segmentation fault" in told
    assert "in test_that_dies" in told.split("Thread 0x")[0]
