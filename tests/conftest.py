import os
import tempfile
from pathlib import Path

import psutil
import pytest

from dissection.results.dissection import Dissection
from support.crashes import CrashNotes
from support.synthetic import make_dissection

# Before any test makes the Qt application: tests need no screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Before any test imports torch: threads that spin while they wait slow each other down, and where
# every core has a process of tests, a second thread only takes turns with them.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")
# What is kept between two runs of the program is the user's, and not for tests to read or to write.
_own = tempfile.TemporaryDirectory(prefix="ganpaint-tests-", ignore_cleanup_errors=True)
for _kind in ("CACHE", "DATA", "CONFIG"):
    os.environ[f"XDG_{_kind}_HOME"] = str(Path(_own.name) / _kind.lower())


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """After pytest's own plugins: who comes last says where a process writes its last words."""
    config.pluginmanager.register(CrashNotes())


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A process for each core, four at most; none beside this one where files were named."""
    if any(".py" in argument for argument in config.option.file_or_dir):
        return 0
    room = psutil.virtual_memory().available // (3 * 2**30)  # one grows to 2 GB
    return max(1, min(os.cpu_count() or 1, 4, room))


@pytest.fixture
def synthetic_dissection() -> Dissection:
    return make_dissection()
