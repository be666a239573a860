"""What a dissection lacks, and the command that measures it."""

from pathlib import Path

from dissection.runtime import resources
from ganpaint.tabs.context import WindowContext
from ganpaint.units.browsed import Browsed


def relating(context: WindowContext, browsed: Browsed) -> tuple[list[str], Path] | None:
    """Arguments of ``dissection`` that measure what relates units, and the folder of the result.

    What ships is not changed: its result goes to the user's data folder, or, where nothing is
    kept, to a folder beside where the program was started.

    Returns:
        None where there is nothing to measure with: no generator is in use.
    """
    dissection, folder = browsed.dissection, browsed.folder
    model = context.model.name
    if dissection is None or not model:
        return None
    name = Path(model).stem
    if folder is None:
        folder = resources.resources_folder() / "dissections" / name
        target = (context.data or Path.cwd()) / "dissections" / name
    else:
        target = folder
    return ["relate", str(folder), "--model", model, "--out", str(target)], target
