"""Small files that claim much, and what has a name but is no ordinary file."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "support/hostile_files.py"
#: MB above the process after its imports, whatever is opened.
MOST = 1000
#: What each is told, or "" where it can be opened at little cost.
SAID = {
    "labels_of_their_own": "3,600,060,000 cells",
    "long_picture": "",
    "large_picture": "too many pixels",
    "large_maps": "1000000 x 1000000 px",
    "many_columns": "more than 500,000 rows",
    "compressed_weights": "its parts are compressed",
    "many_masks": "more than 134,217,728 pixels",
    "unused_patches": "",
    "sparse_weights": "it has 5120 GiB, and 8 GiB are the most",
    "many_decisions": "claims 20000 x 20000 numbers",
    "fifo_as_weights": "no ordinary file",
    "device_as_project": "no ordinary file",
    "fifo_as_manifest": "no ordinary file",
    "fifo_as_picture": "",
}


def test_small_files_do_not_take_the_machine(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, SCRIPT, tmp_path],
        capture_output=True,
        text=True,
        timeout=300,  # a guard against hanging, no measurement
        check=True,
    )
    rows = {row["case"]: row for row in map(json.loads, ran.stdout.splitlines())}
    assert rows.keys() == SAID.keys()
    for name, row in rows.items():
        assert SAID[name] in row["said"], row
        assert bool(SAID[name]) == bool(row["said"]), row
        assert row["peak"] < MOST, row
