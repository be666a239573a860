import os

import pytest

from dissection.results.dissection import Dissection
from support.synthetic import make_dissection

# Before any test makes the Qt application: tests need no screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Before any test imports torch: threads that spin while they wait slow each other down.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


@pytest.fixture
def synthetic_dissection() -> Dissection:
    return make_dissection()
