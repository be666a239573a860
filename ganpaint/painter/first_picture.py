"""The picture that stands on the canvas from the first moment, until torch has been loaded.

It ships with the program, one for each bundled generator: the exact picture of the first scene of
its gallery, with which the program starts, so that nothing is seen of the change when the canvas
becomes live. After the generator or the gallery has changed:

    dissection render --model NAME --seeds 1261 --out resources/first/NAME.png
"""

from pathlib import Path

import numpy as np
from PIL import Image
from PySide6.QtGui import QImage

from dissection.runtime import resources
from ganpaint.rendering.requests import to_image
from ganpaint.rendering.scene import Scene


def first_picture(scene: Scene) -> QImage | None:
    """The bundled picture of a scene, RGB888; None where there is none of this seed."""
    path = first_picture_file(scene.model)
    try:
        with Image.open(path, formats=["PNG"]) as image:
            shows = Scene(image.info.get("model", ""), int(image.info.get("seeds", "-1")))
            if shows != scene:
                return None
            return to_image(np.asarray(image.convert("RGB")))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None  # without it the canvas says that it is loading


def first_picture_file(model: str) -> Path:
    """Where the picture of a bundled model lies; it need not exist."""
    return resources.resources_folder() / "first" / f"{Path(model).name}.png"
