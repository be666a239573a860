"""Where ``dissection paint`` puts what it painted: a picture with its recipe, a movie, or both."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dissection.commands.echo import echo
from dissection.commands.reporting import Reporter
from dissection.commands.targets import Read, require_targets
from dissection.data.images import contact_sheet, require_png, write_picture
from dissection.painting.edits import Edit
from dissection.painting.movie import MovieSettings, growth, movie_format, movie_note, write_movie
from dissection.painting.recipe import KEYWORD, Recipe
from dissection.runtime.progress import Meter

if TYPE_CHECKING:
    from dissection.models.generators.progressive import ProgressiveGenerator


@dataclass(frozen=True)
class PaintTargets:
    """What is to be written, and how.

    Attributes:
        out: the PNG file of the picture.
        before_after: write the unedited picture to its left.
        movie: the file of the movie.
        settings: how the movie looks.
        device: where to render.
        report: told of the progress.
    """

    out: Path | None
    before_after: bool
    movie: Path | None
    settings: MovieSettings
    device: str
    report: Reporter

    def tell(self, text: str) -> None:
        """A line for a person, where it is not a program that reads."""
        if not self.report.quiet:
            self.report.close()
            echo(text)

    def require_writable(self, reads: Iterable[Read]) -> None:
        """Refuse what cannot be written before the work, not behind it.

        Args:
            reads: what is painted from.

        Raises:
            BadInputError: a name that ends in no format, or of a file that is read.
            DissectionError: a file cannot be written.
        """
        if self.movie is not None:
            note = movie_note(movie_format(self.movie))
            if note:
                echo(note, err=True)
        if self.out is not None:
            require_png(self.out)
        require_targets(self.out, self.movie, reads=reads)

    def __str__(self) -> str:
        return " and ".join(str(path) for path in (self.out, self.movie) if path)


def write_painted(
    targets: PaintTargets,
    generator: "ProgressiveGenerator",
    recipe: Recipe,
    latent: NDArray[np.float32],
) -> None:
    """Render a recipe from its latent, float32 (d,): a PNG that carries it, a movie, or both.

    Raises:
        BadInputError: a movie without strokes.
        DissectionError: a file cannot be written.
        Stopped: the report said so; nothing is written then.
    """
    from dissection.models.generators.renderer import Renderer

    renderer = Renderer(generator, targets.device, "float32")
    renderer.set_latent(latent)
    grown = growth(recipe.history, targets.settings) if targets.movie is not None else []
    still = [Edit()] if targets.before_after else []
    still = [*still, recipe.edit] if targets.out is not None else []
    meter = Meter(targets.report, "rendering", len(grown) + len(still))
    pictures = []
    for edit in (*grown, *still):
        pictures.append(renderer.render(edit, exact=True))
        meter.step()
    if targets.movie is not None:
        write_movie(targets.movie, pictures[: len(grown)], targets.settings, targets.report)
    if targets.out is not None:
        shown = pictures[len(grown) :]
        picture = contact_sheet(shown, columns=2) if targets.before_after else shown[0]
        write_picture(targets.out, picture, {KEYWORD: recipe.to_text()})
