"""How a box of cells is cut out of a map."""

from torch import Tensor
from torch.nn import functional as F

from dissection.painting.boxes import Box


def crop(x: Tensor, box: Box) -> Tensor:
    """A box of a map (N, C, h, w), with zeros where it reaches over the borders.

    Returns:
        (N, C, box height, box width); a view where the box lies on the map.
    """
    height, width = x.shape[-2:]
    inside = box.within(height, width)
    part = x[..., *inside.slices]
    padding = (
        inside.left - box.left,
        box.right - inside.right,
        inside.top - box.top,
        box.bottom - inside.bottom,
    )
    return F.pad(part, padding) if any(padding) else part
