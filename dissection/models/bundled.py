"""Which of the models that ship are generators, segmenters and classifiers. Free of torch."""

import safetensors

from dissection.models.weights.overlay import is_overlay
from dissection.runtime.resources import bundled_models, resource

#: What the files of segmenters and classifiers say of themselves.
SEGMENTER, CLASSIFIER = "dissection-segmenter", "dissection-classifier"
#: The first tensor of a Progressive GAN, whose files say nothing of the kind; in 8 bits it has an
#: ending. A file that holds only what differs from another model may lack it: of what ships, these
#: are generators.
_FIRST_TENSOR = "layer1.conv.weight"


def bundled_generators() -> list[str]:
    """Names of the generators that ship, in alphabetical order.

    Example:
        >>> "storybook-church" in bundled_generators(), "storybook" in bundled_generators()
        (True, False)
    """
    return [name for name in bundled_models() if _is_generator(name)]


def bundled_segmenters() -> list[str]:
    """Names of the segmenters that ship, in alphabetical order.

    Example:
        >>> bundled_segmenters()
        ['storybook']
    """
    return _of_kind(SEGMENTER)


def bundled_classifiers() -> list[str]:
    """Names of the classifiers that ship, in alphabetical order.

    Example:
        >>> bundled_classifiers()
        ['storybook-scenes']
    """
    return _of_kind(CLASSIFIER)


def _of_kind(kind: str) -> list[str]:
    return [name for name in bundled_models() if _kind(name) == kind]


def _kind(name: str) -> str:
    with safetensors.safe_open(resource(f"models/{name}.safetensors"), "np") as file:
        return str((file.metadata() or {}).get("kind", ""))


def _is_generator(name: str) -> bool:
    with safetensors.safe_open(resource(f"models/{name}.safetensors"), "np") as file:
        if is_overlay(file.metadata() or {}):
            return True
        return any(key.startswith(_FIRST_TENSOR) for key in file.keys())  # noqa: SIM118 - no dict
