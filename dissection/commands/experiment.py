"""``dissection experiment NAME``: the papers' figures, each made of its experiment's settings."""

import inspect
import json
import shlex
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from dissection.commands.echo import echo
from dissection.commands.options import (
    Backend,
    Batch,
    Device,
    Resume,
    Shown,
    Threads,
    Workers,
    names_of,
)
from dissection.commands.reporting import Reporter, reporting

if TYPE_CHECKING:
    from dissection.experiments.experiment import Experiment
    from dissection.experiments.result import Result
    from dissection.experiments.settings import ExperimentSettings, SettingField

_ALL = "all"

Out = Annotated[Path | None, typer.Option(help="Folder for the result [./experiment-NAME].")]
SizeOption = Annotated[
    str, typer.Option("--size", help="quick (a look), default, or paper (as published).")
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the headline figures as JSON, and nothing else.")
]


class _Experiments(TyperGroup):
    """A command for each experiment; they are looked for when one is wanted."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of the experiments, and ``all``."""
        from dissection.experiments.registry import experiments

        return [*experiments(), _ALL]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of an experiment."""
        from dissection.experiments.registry import experiments

        if cmd_name == _ALL:
            return _as_click(_all, _ALL)
        found = experiments().get(cmd_name)
        return None if found is None else _as_click(_command_of(found), cmd_name)


app = typer.Typer(
    cls=_Experiments,
    help="Make the papers' figures, of any network: each an experiment with a command of its own.",
    no_args_is_help=True,
)


def _list(wanted: bool) -> None:
    if not wanted:
        return
    from dissection.experiments.registry import experiments

    for experiment in experiments().values():
        echo(f"{experiment.name:16}{experiment.idea}")
        echo(f"{'':16}{experiment.figure}; of any {experiment.of}. {experiment.takes}".rstrip())
    raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    listed: bool = typer.Option(
        False, "--list", callback=_list, is_eager=True, help="What there is, with the idea of each."
    ),
) -> None:
    pass


def _as_click(function: Callable[..., None], name: str) -> Any:
    single = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    single.command(name)(function)
    return typer.main.get_command(single)


def _command_of(experiment: "Experiment") -> Callable[..., None]:
    """The function of an experiment's command, with an option for each setting."""
    fields = experiment.settings.described()

    def command(
        size: SizeOption = "default",
        out: Out = None,
        device: Device = "auto",
        batch: Batch = 25,
        workers: Workers = 0,
        threads: Threads = 0,
        backend: Backend = "auto",
        resume: Resume = False,
        progress: Shown = "tqdm",
        as_json: Json = False,
        **given: Any,
    ) -> None:
        with reporting("none" if as_json and progress == "tqdm" else progress) as report:
            settings = _settings(experiment, size, given)
            _run(
                experiment, settings, size, out, device, batch, workers, threads, backend, resume,
                report, as_json,
            )  # fmt: skip

    common = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for parameter in inspect.signature(command).parameters.values()
        if parameter.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    own = [
        inspect.Parameter(
            found.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_option(found)
        )
        for found in fields
    ]
    parameters = [*own, *common]
    made: Any = command
    made.__signature__ = inspect.Signature(parameters)
    made.__annotations__ = {p.name: p.annotation for p in parameters}
    made.__doc__ = (
        f"{experiment.idea}\n\n{experiment.figure}. {experiment.takes}\n\n"
        f"The folder OUT (experiment-{experiment.name} unless said) then holds result.json and "
        "what it names, tables as CSV, figures as PNG and SVG. While the job runs, OUT/work holds "
        "what is finished: --resume goes on from the last batch and comes to the same figures. "
        "torchrun --nproc-per-node N -m -- dissection experiment ... shares the work among "
        "processes."
    )
    return command


def _option(found: "SettingField") -> Any:
    """A setting as an annotated option; without it the size decides."""
    sizes = dict(found.defaults)
    told = _shown(sizes["default"])
    others = [f"{size} {_shown(sizes[size])}" for size in sizes if sizes[size] != sizes["default"]]
    words = found.description
    if found.choices:
        words = f"{words.rstrip('.')}: {', '.join(found.choices)}."
    shown = f"{told}; {', '.join(others)}" if others else told
    flag = [found.option, f"--no-{found.option[2:]}"] if found.type is bool else [found.option]
    kind: Any = str if found.type is tuple else found.type
    option = typer.Option("/".join(flag), help=words, show_default=shown or False)
    return Annotated[kind | None, option]


def _shown(value: Any) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _settings(experiment: "Experiment", size: Any, given: dict[str, Any]) -> "ExperimentSettings":
    tuples = {found.name for found in experiment.settings.described() if found.type is tuple}
    chosen = {
        name: tuple(names_of(value)) if name in tuples else value
        for name, value in given.items()
        if value is not None
    }
    return experiment.settings.of(size, **chosen)


def _run(
    experiment: "Experiment",
    settings: "ExperimentSettings",
    size: Any,
    out: Path | None,
    device: str,
    batch: int,
    workers: int,
    threads: int,
    backend: str,
    resume: bool,
    report: Reporter,
    as_json: bool,
    plots: bool = True,
) -> None:
    from dissection.experiments.running import run_experiment
    from dissection.models.generators.precision import choose_device
    from dissection.runtime.allocator import keep_freed_memory
    from dissection.runtime.distributed import processes
    from dissection.runtime.processors import use_threads

    keep_freed_memory()
    use_threads(threads)
    target = out or Path(f"experiment-{experiment.name}")
    with processes(choose_device(device).type == "cuda", backend) as merge:
        if merge.rank:
            report.be_silent()
        result = run_experiment(
            experiment.name,
            settings,
            size=size,
            out=target,
            device=device,
            batch=batch,
            workers=workers,
            report=report,
            resume=resume,
            merge=merge,
            plots=plots,
            provenance={"command": _command_line(sys.argv[1:])},
        )
    if merge.rank:
        return
    report.result = {"experiment": experiment.name, "folder": str(target)}
    if as_json and not report.quiet:
        echo(json.dumps(_headline(result), indent=1))
    elif not report.quiet:
        for line in result.told:
            echo(line)
        echo(f"The result is in {target}: its tables as CSV, its figures as PNG and SVG")


def _command_line(words: Sequence[str]) -> str:
    """The command as it was given, but for where the result was put: that is nobody's business."""
    told = list(words)
    for place, word in enumerate(words):
        if word == "--out" and place + 1 < len(told):
            told[place + 1] = "DIR"
        elif word.startswith("--out="):
            told[place] = "--out=DIR"
    return shlex.join(["dissection", *told])


def _headline(result: "Result") -> dict[str, Any]:
    return {
        "experiment": result.experiment,
        "size": result.size,
        "settings": dict(result.settings),
        "summary": dict(result.summary),
    }


def _all(
    out: Annotated[Path, typer.Option(help="Folder for the results, each in one of its own.")],
    only: Annotated[str, typer.Option(help="Experiments, with commas [All].")] = "",
    size: SizeOption = "default",
    device: Device = "auto",
    batch: Batch = 25,
    threads: Threads = 0,
    progress: Shown = "tqdm",
) -> None:
    """Make every result that ships, of the networks that ship, without files for people.

    Those that are in OUT already are left as they are, and what was stopped goes on.
    """
    from dissection.experiments.registry import experiments, find_experiment
    from dissection.experiments.store import MANIFEST, can_hold_result
    from dissection.models.generators.precision import choose_device
    from dissection.runtime.files import user_path
    from dissection.runtime.processors import require_threads

    chosen: Any = size  # checked by the settings
    with reporting(progress) as report:
        made = []
        asked = [find_experiment(name) for name in names_of(only) or experiments()]
        require_threads(threads)
        choose_device(device)
        place, jobs = user_path(out), []
        for experiment in asked:
            for ending, given in experiment.shipped.items():
                folder = place / "-".join(filter(None, (experiment.name, ending)))
                can_hold_result(folder)
                jobs.append((experiment, folder, experiment.settings.of(chosen, **given)))
        for experiment, folder, settings in jobs:  # what can be told was told before the first
            if (folder / MANIFEST).is_file():
                continue
            if lacking := _lacking(settings):
                echo(f"{folder.name} is left out: there is no folder {lacking}")
                continue
            _run(
                experiment, settings, size, folder, device, batch, 0, threads, "auto",
                (folder / "work").is_dir(), report, False, plots=False,
            )  # fmt: skip
            made.append(folder.name)
        report.result = {"made": made}


def _lacking(settings: "ExperimentSettings") -> str:
    """A folder that settings name and that is not there, such as that of a training; or ""."""
    from dissection.runtime.files import user_path

    for found in settings.described():
        value = getattr(settings, found.name)
        named = found.kind == "folder" and value and not value.startswith("storybook:")
        if named and not user_path(value).exists():
            return str(value)
    return ""
