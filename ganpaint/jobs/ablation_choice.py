"""What an ablation study is asked for, as the arguments of its command. Free of Qt."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

#: Pictures that anybody has.
STORYBOOK = "storybook:scenes"


@dataclass(frozen=True)
class AblationChoice:
    """What ``dissection ablate`` is asked for.

    Attributes:
        model: a name, a file, torchvision:NAME, or package.module:factory.
        weights: file of weights where the model's name needs one, or an empty text.
        layer: whose units are taken out.
        train: pictures that rank the units.
        held_out: pictures that judge them.
        train_size: how many; 0 for all, of scenes 40 of each class.
        held_out_size: how many; 0 for all, of scenes 25 of each class.
        replacement: what units are set to: zero, mean or other.
        curves: whether every class is followed over every number of units.
    """

    model: str = "storybook-scenes"
    weights: str = ""
    layer: str = "features.relu5_3"
    train: str = STORYBOOK
    held_out: str = STORYBOOK
    train_size: int = 0
    held_out_size: int = 0
    replacement: str = "zero"
    curves: bool = False

    @classmethod
    def from_json(cls, noted: object) -> Self:
        """What was chosen last; what cannot be read any more is as at first."""
        known = cls()
        if not isinstance(noted, Mapping):
            return known
        kept = {
            name: noted[name]
            for name, value in vars(known).items()
            if type(noted.get(name)) is type(value)
        }
        return replace(known, **kept)

    def arguments(self, out: str) -> list[str]:
        """Of the command line, behind the program's name."""
        words = ["ablate", "--model", self.model]
        words += ["--weights", self.weights] if self.weights else []
        words += ["--layer", self.layer, "--train", self.train, "--val", self.held_out]
        for option, size in (("--train-size", self.train_size), ("--val-size", self.held_out_size)):
            words += [option, str(size)] if size else []
        words += ["--replacement", self.replacement] if self.replacement != "zero" else []
        words += ["--curves", "all"] if self.curves else []
        return [*words, "--out", out]
