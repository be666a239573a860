import pytest
from synthetic import make_dissection

from dissection.measured import Dissection


@pytest.fixture
def synthetic_dissection() -> Dissection:
    return make_dissection()
