import os

import pytest
from synthetic import make_dissection

from dissection.measured import Dissection

# Before any test makes the Qt application: tests need no screen.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture
def synthetic_dissection() -> Dissection:
    return make_dissection()
