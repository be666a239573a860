"""The devices that pictures can be computed on, by name; which of them are there torch knows."""

import sys

from dissection.errors import BadInputError

AUTO = "auto"
#: What the window offers, and what it calls them.
DEVICES = {
    AUTO: "Automatic: the fastest that is here",
    "cpu": "CPU",
    **({"mps": "GPU (mps)"} if sys.platform == "darwin" else {"cuda": "GPU (cuda)"}),
}


def trouble_with(device: str) -> str:
    """One sentence on why a device cannot be computed on; empty where it can be.

    Args:
        device: as ``choose_device`` takes it. Of some that every machine has torch is not asked,
            which takes a second or more to load.
    """
    if device in (AUTO, "cpu"):
        return ""
    from dissection.models.generators.precision import choose_device

    try:
        choose_device(device)
    except BadInputError as error:
        return str(error)
    return ""
