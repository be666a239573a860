"""``dissection compact``: a smaller file of a generator, in 8 bits or over another one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dissection.commands.echo import echo
from dissection.commands.options import Device, GivenGenerator, Shown
from dissection.commands.reporting import reporting
from dissection.commands.targets import require_targets
from dissection.errors import BadInputError
from dissection.runtime.files import user_path

if TYPE_CHECKING:
    import torch

    from dissection.models.generators.progressive import ProgressiveGenerator
    from dissection.runtime.progress import Report

_SUFFIX = ".safetensors"
_SAMPLE = 2048


def command(
    model: GivenGenerator,
    out: Annotated[Path, typer.Option(help=f"The {_SUFFIX} file to write; not the model's own.")],
    base: Annotated[
        str,
        typer.Option(
            metavar="MODEL",
            help="Write only what differs from this bundled or fetched model [All, in 8 bits].",
        ),
    ] = "",
    sample: Annotated[
        int, typer.Option(min=1, help="Latents that the rounding is fitted to.")
    ] = _SAMPLE,
    latents: Annotated[
        int, typer.Option(min=1, help="Latents on which the pictures are compared, others.")
    ] = 64,
    device: Device = "auto",
    progress: Shown = "tqdm",
) -> None:
    """Write a generator with weights of 8 bits: half the size of float16, nearly the same pictures.

    The weights are rounded so that their errors cancel in what each layer computes. The new file
    is another network, with a digest of its own: dissect it, not the one that it was made of.

    With --base MODEL, such as storybook-church-256, only the tensors that differ from MODEL's are
    written, in float16: a hundredth of a generator whose finest layers were tuned. The file names
    MODEL and its SHA-256, and is read where that model is; the rest of its weights are MODEL's own.

    Prints the sizes, and how far the pictures moved in levels of 255: the mean over all values,
    and what one value in a thousand exceeds.

    Example: dissection compact church.pth --out church.safetensors
    """
    from dissection.models.generators.checkpoints import generator_file, load_generator
    from dissection.models.generators.difference import difference
    from dissection.models.generators.overlay import save_overlay
    from dissection.models.generators.precision import choose_device

    with reporting(progress) as report:
        if base and sample != _SAMPLE:
            raise BadInputError(
                "--sample fits a rounding, and --base rounds nothing; leave it out."
            )
        source = generator_file(model)
        out = user_path(out)
        if out.suffix != _SUFFIX:
            raise BadInputError(f"--out {out} should have a name that ends in {_SUFFIX}.")
        if not out.parent.is_dir():  # now, not when the work is done
            raise BadInputError(
                f"Cannot write {out}: there is no folder {out.parent}; make it first."
            )
        if out.exists() and out.samefile(source):
            raise BadInputError(f"--out {out} is the model itself; give the new file another name.")
        require_targets(out, reads=[model])
        chosen = choose_device(device)
        generator = load_generator(model)
        count = len(generator.state_dict())
        if base:
            written = len(save_overlay(generator, load_generator(base), out))
        else:
            written = count
            _save_rounded(source, generator, out, sample, chosen, report)
        mean, rare = difference(generator, load_generator(out), latents, chosen, report)
        report.result = {
            "file": str(out),
            "tensors": written,
            "moved": mean,
            "moved_rarely": rare,
        }
    if report.quiet:
        return
    before, after = source.stat().st_size, out.stat().st_size
    echo(f"Wrote {out}: {before:,} -> {after:,} bytes ({after / before:.0%})")
    if base:
        echo(f"{written} of {count} tensors differ from {base}; the others are read from it")
    echo(
        f"Pictures of {latents} latents moved by {mean:.2f} of 255 levels in the mean; "
        f"1 value in 1,000 by more than {rare:.1f}"
    )


def _save_rounded(
    source: Path,
    generator: "ProgressiveGenerator",
    out: Path,
    sample: int,
    device: "torch.device",
    report: "Report",
) -> None:
    """Write a generator in 8 bits.

    Raises:
        BadInputError: it is in 8 bits already.
    """
    from dissection.models.generators.compact import compact_generator, save_compact
    from dissection.models.weights.files import is_compact_file

    if is_compact_file(source):
        raise BadInputError(
            f"{source} is compact already; name the file that it was made of, whose weights "
            "have not been rounded."
        )
    tensors = compact_generator(generator, sample, device, report)
    save_compact(tensors, out, generator.metadata)
