"""Torch's libraries beside the interpreter, and the collector that waits."""

import gc
import os
import subprocess
import sys

import pytest

from dissection.runtime.torch_loading import loading

BEGIN = """
import gc, os, sys
from dissection.runtime import torch_loading
torch_loading._cores = lambda: {cores}
torch_loading.put_off_collecting()
torch_loading.begin_loading()
assert os.environ["OMP_WAIT_POLICY"] == "PASSIVE" and not gc.isenabled()
with torch_loading.loading():
    import torch
assert torch.ones(2).sum() == 2
assert gc.isenabled() and gc.get_freeze_count() > 10_000
with torch_loading.loading():
    frozen = gc.get_freeze_count()
assert gc.isenabled() and gc.get_freeze_count() <= frozen
print("held")
"""


@pytest.mark.parametrize("cores", [1, 2])
def test_the_collector_leaves_what_was_loaded_alone(cores: int) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    command = [sys.executable, "-c", BEGIN.format(cores=cores)]
    ran = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=600, check=False
    )
    assert ran.stdout == "held\n", ran.stderr


def test_a_failure_leaves_the_collector_at_work() -> None:
    frozen = gc.get_freeze_count()
    with pytest.raises(ImportError), loading():
        raise ImportError("no torch")
    assert gc.isenabled()
    assert gc.get_freeze_count() == frozen
