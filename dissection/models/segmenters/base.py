"""What a segmenter is: a thing that says, for each pixel of a picture, which concepts it shows."""

from typing import Protocol, runtime_checkable

from torch import Tensor

from dissection.vocabulary import Vocabulary


@runtime_checkable
class Segmenter(Protocol):
    """Maps images to concept maps.

    Attributes:
        vocabulary: the ordered list of concepts; index 0 is nothing.
        digest: a hash of everything that decides the answer (weights, settings), hexadecimal.
    """

    vocabulary: Vocabulary
    digest: str

    def segment(self, images: Tensor, size: int | None = None) -> Tensor:
        """Concept maps of a batch of images.

        Args:
            images: float (N, 3, H, W), RGB, -1..1, may run over (generated pictures do).
            size: height and width of the maps; scores are resampled to it before the decision.
                None keeps the segmenter's own resolution.

        Returns:
            int64 (N, K, h, w), K channels such as object, part, material; a pixel has a concept
            if any channel names its index; 0 is nothing.
        """
        ...


@runtime_checkable
class SoftSegmenter(Segmenter, Protocol):
    """A segmenter whose scores can be differentiated, as the effect ranking needs."""

    def probabilities(self, images: Tensor) -> Tensor:
        """Float (N, len(vocabulary), h, w): each channel's softmax, side by side.

        The entries of one category that lie in one channel sum to 1 with that channel's share of
        nothing left out; the plane of index 0 is zero. The soft pixel count of a concept is the
        sum over its plane.
        """
        ...
