"""``dissection storybook``: paint labeled scenes into a folder."""

from typing import Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import NewFolder, Shown
from dissection.commands.reporting import reporting
from dissection.runtime.progress import Meter

#: Scenes at once, at most: terabytes; and the last seed that one may begin at.
_MOST, _LAST = 10_000_000, 2**32 - 1


def command(
    out: NewFolder,
    domain: Annotated[str, typer.Option(help="Kind of scenes.")] = "churches",
    count: Annotated[int, typer.Option(min=1, max=_MOST, help="How many scenes.")] = 64,
    size: Annotated[int, typer.Option(help="Pixels along a side, 64 to 512.")] = 256,
    seed: Annotated[
        int, typer.Option(min=0, max=_LAST, help="Layout seed of the first scene.")
    ] = 0,
    progress: Shown = "tqdm",
) -> None:
    """Paint outdoor scenes with exact labels for objects, parts and materials.

    Scene L (layout seed L, from --seed on) becomes images/L.png, with its
    label maps in object/, part/ and material/: PNG files with a palette,
    whose pixel values are indices into vocabulary.json (0 is nothing).
    contact-sheet.png shows the first scenes beside their maps, with a legend.

    Scenes that are there already are kept: a stopped run goes on where it
    stopped, and a larger --count adds to the folder.
    """
    from dissection.data.storybook.book import Storybook
    from dissection.data.storybook.folder import write_folder

    with reporting(progress) as report:
        layouts = range(seed, seed + count)
        written = write_folder(Storybook(domain), layouts, size, out)
        painted = 0
        meter = Meter(report, "painting scenes", count)
        for is_new in written:
            painted += is_new
            meter.step()
        report.result = {"folder": str(out), "painted": painted}
    if not report.quiet:
        kept = f", {count - painted} were there" if painted < count else ""
        echo(f"{painted} scenes painted{kept}; see {out / 'contact-sheet.png'}")
