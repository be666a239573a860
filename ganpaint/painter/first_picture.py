"""The picture that stands on the canvas from the first moment, until torch has been loaded.

It ships with the program, one for each bundled generator: the exact picture of the first scene of
its gallery, with which the program starts, so that nothing is seen of the change when the canvas
becomes live. After the generator or the gallery has changed:

    dissection render --model NAME --seeds 1261 --out resources/first/NAME.png
"""

from pathlib import Path

from PySide6.QtGui import QImage, QImageReader

from dissection.runtime import resources
from ganpaint.rendering.scene import Scene


def first_picture(scene: Scene) -> QImage | None:
    """The bundled picture of a scene, RGB888; None where there is none of this seed."""
    # Read by Qt, which is here already: every other reader takes time to load.
    reader = QImageReader(str(first_picture_file(scene.model)), b"png")
    try:
        shows = Scene(reader.text("model"), int(reader.text("seeds")))
    except ValueError:
        return None  # without it the canvas says that it is loading
    if shows != scene or (image := reader.read()).isNull():
        return None
    return image.convertToFormat(QImage.Format.Format_RGB888)


def first_picture_file(model: str) -> Path:
    """Where the picture of a bundled model lies; it need not exist."""
    return resources.resources_folder() / "first" / f"{Path(model).name}.png"
