"""The notebooks run as they stand, and keep small outputs, so that they can be read on a forge."""

import asyncio
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[2] / "examples"
NOTEBOOKS = sorted(EXAMPLES.glob("*.ipynb"))
#: Bytes of a notebook with its outputs.
MOST = 300_000


def test_the_four_are_there() -> None:
    assert [path.stem for path in NOTEBOOKS] == [
        "dissect_your_own_network",
        "paint_without_a_window",
        "read_a_dissection",
        "turn_units_off",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_kept_and_small(path: Path) -> None:
    book = nbformat.read(path, as_version=4)
    assert path.stat().st_size < MOST
    cells = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output.output_type for cell in cells for output in cell.outputs}
    assert kinds <= {"display_data", "execute_result", "stream"}
    errors = [o for cell in cells for o in cell.outputs if o.get("name") == "stderr"]
    assert errors == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    work = tmp_path / "work"
    work.mkdir()
    book = nbformat.read(path, as_version=4)
    kept = [len(cell.outputs) for cell in book.cells if cell.cell_type == "code"]
    client = NotebookClient(
        book, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(work)}}
    )
    asyncio.run(client.async_execute())
    made = [
        [output for output in cell.outputs if output.get("name") != "stderr"]
        for cell in book.cells
        if cell.cell_type == "code"
    ]
    assert [len(outputs) for outputs in made] == kept
