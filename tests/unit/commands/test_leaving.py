"""How a process of several ends."""

import subprocess
import sys
from pathlib import Path

from support.processes import child_environment

#: A group whose tidying up aborts the process, and a command that ends with a sentence in it.
_PROGRAM = """
import atexit, os, sys
import torch.distributed as dist
from dissection.__main__ import main
store = dist.FileStore(sys.argv[1], 1)
dist.init_process_group("gloo", store=store, rank=0, world_size=1)
atexit.register(os.abort)
sys.argv = ["dissection", *sys.argv[2:]]
main()
"""


def _ended(tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path / "group"), *words],
        env=child_environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_a_process_of_a_group_that_broke_ends_with_its_status(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    ended = _ended(tmp_path, "summary", str(nowhere))
    assert ended.returncode == 2, ended.stderr
    assert ended.stderr.startswith("dissection: ")
    assert str(nowhere) in ended.stderr
