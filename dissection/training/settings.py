"""What decides the result of training a generator, beside the pictures."""

from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal, get_args

from dissection.errors import BadInputError
from dissection.training.bounds import (
    require_counts,
    require_positive,
    require_rate,
    require_resolution,
    require_weights,
)
from dissection.training.growth import GrowthPlan

#: ``logistic``: each picture is judged alone (Goodfellow et al. 2014, non-saturating).
#: ``relativistic``: a generated picture is judged against a real one (Huang et al. 2024, R3GAN).
Loss = Literal["logistic", "relativistic"]


@dataclass(frozen=True)
class GeneratorSettings:
    """Everything that decides a run's result, beside the pictures.

    Attributes:
        units: units at 4, 8, ... px of the generator.
        discriminator_units: the same of the discriminator.
        plan: images at each resolution.
        depth: size of the latent.
        seed: of weights, batches and latents.
        rate: learning rate of both players (Adam, beta 0 and 0.99).
        decay: images before the end over which the learning rate falls to a twentieth.
        loss: how real and generated pictures are compared; with ``relativistic`` the gradient at
            generated pictures is penalised as well (R2).
        gamma: weight of the R1 penalty (and of R2).
        penalty_every: they are computed every so many steps, and weighted up accordingly.
        balance: weight of the term that keeps scenes as frequent as the real ones; 0 leaves it
            out, as Karras et al. do.
        features: weight of the critic that sees as the bundled segmenter does; 0 leaves it out.
        features_from: px from which on that critic takes part.
        half_life: images after which the averaged generator has forgotten half.
        start: weights to go on from, or None: those of a run (``GeneratorTraining.weights``), or
            a generator's file alone.
        discriminator: weights of the discriminator to go on from, or None for those of ``start``.
        warm_up: images at the beginning during which the discriminator learns alone, so that one
            that begins anew does not spoil a generator that does not.
        from_average: the generator goes on from the averaged weights of ``start``: calmer than
            its own where the run before was swinging.
        data: what the pictures are.
        minutes: the time that the plan was made for (``dissection.training.schedule``); 0 where
            the plan was given in images.
        speeds: images/s at 4, 8, ... px that the plan was made with; empty likewise.
        shares: how the minutes are divided among 4, 8, ... px, in any unit; empty for the rule of
            ``dissection.training.schedule``.

    Raises:
        BadInputError: an unknown loss, a rate or weight that is none.
    """

    units: tuple[int, ...]
    discriminator_units: tuple[int, ...]
    plan: GrowthPlan
    depth: int = 512
    seed: int = 0
    rate: float = 1.5e-3
    decay: int = 0
    gamma: float = 1.0
    penalty_every: int = 16
    balance: float = 0.0
    features: float = 0.0
    half_life: float = 4000.0
    start: str | None = None
    from_average: bool = False
    data: str = ""
    minutes: float = 0.0
    speeds: tuple[float, ...] = ()
    loss: Loss = "logistic"
    features_from: int = 4
    shares: tuple[float, ...] = ()
    discriminator: str | None = None
    warm_up: int = 0

    def __post_init__(self) -> None:
        as_loss(self.loss)
        require_counts(penalty_every=self.penalty_every)
        require_rate(self.rate)
        require_weights(gamma=self.gamma, balance=self.balance, features=self.features)
        require_positive(half_life=self.half_life)
        require_resolution(4 << (len(self.units) - 1), features_from=self.features_from)
        for units in self.units:
            require_counts(units=units)
        for units in self.discriminator_units:
            require_counts(discriminator_units=units)

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """What a stored run means that was started before a setting was there."""
        return {f.name: f.default for f in fields(cls) if f.default is not MISSING}


def as_loss(text: str) -> Loss:
    """The loss of that name.

    Raises:
        BadInputError: there is none.
    """
    for loss in get_args(Loss):
        if text == loss:
            found: Loss = loss
            return found
    raise BadInputError(f"There is no --loss {text}; choose {' or '.join(get_args(Loss))}.")
