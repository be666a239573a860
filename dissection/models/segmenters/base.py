"""What a segmenter is: a thing that says, for each pixel of a picture, which concepts it shows."""

from typing import Any, Protocol, runtime_checkable

from torch import Tensor

from dissection.errors import BadInputError
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


def require_segmenter(segmenter: object, what: str = "") -> Segmenter:
    """A segmenter, a user's own perhaps, if it keeps to the protocol as far as that can be seen.

    Args:
        segmenter: what is to say where a concept is.
        what: what a person calls it; its type unless said.

    Raises:
        BadInputError: it lacks a part of the protocol, or that is something else; the sentence says
            what to make of it.
    """
    what = what or f"the segmenter {getattr(segmenter, 'name', type(segmenter).__name__)}"
    lacking = [part for part in ("vocabulary", "digest", "segment") if not hasattr(segmenter, part)]
    if lacking:
        raise BadInputError(
            f"{what[0].upper()}{what[1:]} is a {type(segmenter).__name__}, which is no segmenter: "
            f"it has no {' and no '.join(lacking)}."
        )
    given: Any = segmenter
    vocabulary, digest, segment = given.vocabulary, given.digest, given.segment
    if not isinstance(vocabulary, Vocabulary):
        raise BadInputError(
            f"The vocabulary of {what} is a {type(vocabulary).__name__}, not a Vocabulary; make it "
            'one, as in Vocabulary([Concept("tree", "object")]).'
        )
    if not isinstance(digest, str) or not digest:
        wrong = "empty" if isinstance(digest, str) else f"a {type(digest).__name__}, not a text"
        raise BadInputError(
            f"The digest of {what} is {wrong}; make it a hash of what decides its answers."
        )
    if not callable(segment):
        raise BadInputError(
            f"The segment of {what} is a {type(segment).__name__}, not a method that takes "
            "(images, size)."
        )
    assert isinstance(segmenter, Segmenter)
    return segmenter


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


@runtime_checkable
class CountingSegmenter(Segmenter, Protocol):
    """A segmenter that counts one concept sooner than it names them all.

    Attributes:
        size: px, the resolution that it decides in.
    """

    size: int

    def count(self, images: Tensor, concept: int) -> Tensor:
        """How many pixels show a concept, of the ``size`` x ``size`` that it decides about.

        As ``segment`` finds them under torch's autocast to bfloat16, and to the last pixel.

        Args:
            images: float (N, 3, H, W), RGB, -1..1, may run over.
            concept: its index in the vocabulary, not 0.

        Returns:
            int64 (N,).
        """
        ...
