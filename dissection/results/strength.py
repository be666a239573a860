"""How strong a brush is: what it did to pictures of latents that nothing was chosen on."""

from dataclasses import dataclass

from dissection.runtime.choices import Order
from dissection.vocabulary import Concept

#: A brush paints when it does at least one of these, and changes less than half as much elsewhere;
#: otherwise it is marked as weak.
LEAST_ERASED = 1 / 3
LEAST_GAIN = 1 / 6
MOST_ELSEWHERE = 1 / 2
#: What is left of a gain that is nothing beside what the drawing spoils.
SPOILED_GAIN = 1 / 2


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
        boost: what the levels were multiplied by where units were forced to them.
        spoiled: pixels that drawing cost what stood there without becoming the concept (their
            object is another one, or their part is gone), in the block and around it, as a share
            of what could be expected to be drawn. May run over 1; None where it was not counted.
    """

    concept: Concept
    layers: tuple[str, ...]
    order: Order
    k: int
    erased: float | None
    drawn: float
    gain: float
    elsewhere: float
    latents: int
    fresh: bool = False
    boost: float = 1.0
    spoiled: float | None = None

    @property
    def score(self) -> float:
        """Erased (at least 0) plus what is drawn, less elsewhere: from -1 (harm) to 2.

        Drawn is the gain (at most 1) where nothing is spoiled, and down to half of it where
        nearly all that changes is: a brush that draws nothing is not better than one that spoils.
        """
        gain = max(self.gain, 0.0)
        clean = gain / (gain + self.spoiled) if self.spoiled else 1.0
        drawn = min(gain, 1.0) * (SPOILED_GAIN + (1 - SPOILED_GAIN) * clean)
        return max(self.erased or 0.0, 0.0) + drawn - self.elsewhere

    @property
    def erases(self) -> bool:
        """Whether enough of the concept goes."""
        return self.erased is not None and self.erased >= LEAST_ERASED

    @property
    def draws(self) -> bool:
        """Whether enough of the concept appears."""
        return self.gain >= LEAST_GAIN

    @property
    def weak(self) -> str | None:
        """Why this brush does too little, as a sentence, or None where it paints."""
        where = " and ".join(self.layers)
        if self.erases or self.draws:
            done = max(self.erased or 0.0, min(self.gain, 1.0))
            if self.elsewhere < MOST_ELSEWHERE * done:
                return None
            return (
                f"The {self.k} best units of {where} changed {self.elsewhere:.0%} of everything "
                f"else, which is more than half of what they did to {self.concept}."
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
