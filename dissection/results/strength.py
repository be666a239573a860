"""How strong a brush is: what it did to pictures of latents that nothing was chosen on."""

from dataclasses import dataclass

from dissection.vocabulary import Concept

#: A brush paints when it does at least one of these, and more than it changes elsewhere; otherwise
#: it is marked as weak.
LEAST_ERASED = 0.15
LEAST_GAIN = 0.15


@dataclass(frozen=True)
class Strength:
    """What a concept's first k units of an order did to pictures of held-out latents.

    Attributes:
        concept: the concept painted.
        layers: names of the layers whose units were changed (k units in each).
        order: "iou" or "effect".
        k: number of units in each layer.
        erased: share of the concept's pixels that went when the units were set to zero
            everywhere: 1 - after / before; negative where the concept grew, None where it stood
            in no held-out picture.
        drawn: share of the block's pixels without the concept that took it on when the units
            were forced to their levels inside the block, 0..1.
        gain: the pixels drawn as a share of what could be expected, the room in the block or the
            concept's usual area in pictures that show it, whichever is less: a door fills little
            of any block and is still a door. May run over 1.
        elsewhere: share of the other pixels whose object changed, 0..1; mean of both trials.
        latents: how many held-out latents it was tried on.
        fresh: whether those were seen by nothing else. The figures of many combinations, on the
            latents on which the best of them is chosen, flatter the best; its fresh ones do not.
    """

    concept: Concept
    layers: tuple[str, ...]
    order: str
    k: int
    erased: float | None
    drawn: float
    gain: float
    elsewhere: float
    latents: int
    fresh: bool = False

    @property
    def score(self) -> float:
        """Erased (at least 0) plus gain (at most 1) less elsewhere: from -1 (harm) to 2."""
        return max(self.erased or 0.0, 0.0) + min(self.gain, 1.0) - self.elsewhere

    @property
    def weak(self) -> str | None:
        """Why this brush does next to nothing, as a sentence, or None where it paints."""
        erases = self.erased is not None and self.erased >= LEAST_ERASED
        where = " and ".join(self.layers)
        if erases or self.gain >= LEAST_GAIN:
            if self.score > 0:
                return None
            return (
                f"The {self.k} best units of {where} changed {self.elsewhere:.0%} of everything "
                f"else, which is more than they did to {self.concept}."
            )
        if self.erased is None:
            return (
                f"The {self.k} best units of {where} drew only {self.drawn:.0%} of a block with "
                f"{self.concept}, which no held-out picture showed."
            )
        return (
            f"The {self.k} best units of {where} erased only {max(self.erased, 0):.0%} of "
            f"{self.concept} and drew only {self.drawn:.0%} of a block with it."
        )
