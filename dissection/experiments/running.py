"""Running an experiment, and storing what it measured."""

import json
import platform
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dissection.errors import BadInputError, DissectionError
from dissection.experiments.execution import Execution
from dissection.experiments.experiment import Experiment
from dissection.experiments.registry import find_experiment
from dissection.experiments.result import Measured, Result, plain
from dissection.experiments.settings import ExperimentSettings, Size
from dissection.experiments.store import can_hold_result, save_result
from dissection.models.generators.precision import choose_device
from dissection.runtime.distributed import own_device
from dissection.runtime.files import user_path
from dissection.runtime.memory import is_out_of_memory, told
from dissection.runtime.merge import ALONE, Merge
from dissection.runtime.own_files import inner_folder
from dissection.runtime.processors import require_batch, require_workers
from dissection.runtime.progress import Report, timed
from dissection.runtime.version import VERSION
from dissection.runtime.workspace import open_workspace, remove_work

#: The working folder of an experiment, in the folder of its result.
WORK = "work"


def run_experiment(
    name: str,
    settings: ExperimentSettings | None = None,
    *,
    size: Size = "default",
    out: str | Path | None = None,
    device: str = "auto",
    batch: int = 25,
    workers: int = 0,
    report: Report | None = None,
    work: str | Path | None = None,
    resume: bool = False,
    merge: Merge = ALONE,
    timings: dict[str, float] | None = None,
    plots: bool = True,
    provenance: Mapping[str, Any] | None = None,
    **given: Any,
) -> Result:
    """Run an experiment.

    Args:
        name: see ``registry.experiments``.
        settings: all choices; None makes them of ``size`` and ``given``.
        size: "quick" for a look, "default", or "paper" for what was published.
        out: folder for the result; None stores nothing.
        device: auto, cpu, cuda or mps.
        batch: pictures in one pass; halved if memory runs out.
        workers: processes that load or paint pictures.
        report: told of every step; stops the job with ``Stopped`` by returning False.
        work: working folder, for ``resume``; None takes ``work`` in ``out``, or a temporary one.
        resume: go on with the job in the working folder; the result is that of a run without stop.
        merge: the processes that share the sample; all are given the same result, the first
            stores it.
        timings: seconds by stage are put in here.
        plots: store the figures as PNG and SVG, too.
        provenance: more entries for the result's provenance.
        given: the experiment's settings by keyword.

    Raises:
        UnknownNameError: there is no such experiment, or network, layer, concept.
        BadInputError: a setting that cannot be.
        StoreError: the folder holds other files, or the job of other settings.
        DissectionError: too little memory for even one picture, or the disk is full.
        Stopped: the report asked for it.

    Example:
        >>> found = run_experiment("layers", layers=("layer4", "layer5"), min_iou=0.05)
        >>> found.to_pandas().layer.unique().tolist()
        ['layer4', 'layer5']
    """
    experiment = find_experiment(name)
    chosen = experiment.settings.of(size, **given) if settings is None else settings
    if settings is not None and given:
        raise BadInputError("Give an experiment its settings as a whole or by name, not both.")
    require_batch(batch)
    require_workers(workers)
    where = own_device(choose_device(device))
    folder = None if out is None else user_path(out)
    if folder is not None:
        can_hold_result(folder)
    place = user_path(work) if work is not None else folder and inner_folder(folder, WORK)
    clock = {} if timings is None else timings
    decides = {
        "experiment": name,
        "settings": chosen.to_json(),
        "batch": batch,
        "device": where.type,
        "threads": torch.get_num_threads(),
        "processes": merge.ranks,
    }
    is_new = folder is not None and not folder.exists()
    workspace = open_workspace(merge, place, decides, resume)
    execution = Execution(where, batch, workspace, report, merge, workers, clock, resume, place)
    try:
        measured = _measured(experiment, chosen, execution)
    except DissectionError:
        if merge.ranks == 1 and place is not None and workspace.is_unused():
            _remove_begun(place, folder if is_new else None)
        raise
    result = _result(experiment, chosen, size, measured, execution, provenance or {})
    if not merge.rank:
        if folder is not None:
            save_result(result, folder, clock, plots, report)
        if place is not None:
            _remove(place)
    return result


def _measured(
    experiment: Experiment, settings: ExperimentSettings, execution: Execution
) -> Measured:
    """What comes of a run; its working folder is given up, and stays until the result is safe."""
    try:
        with timed(execution.timings, "all"):
            measured = experiment.run(settings, execution)
        execution.merge.wait()  # until all is there nobody gives up what it has
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise told(error, execution.device) from error
    finally:
        execution.work.close(remove=False)
    return measured


def _result(
    experiment: Experiment,
    settings: ExperimentSettings,
    size: Size,
    measured: Measured,
    execution: Execution,
    provenance: Mapping[str, Any],
) -> Result:
    """What was measured, with how."""
    told_of = {
        **measured.provenance,
        "batch": execution.batch,
        "device": execution.device.type,
        "processes": execution.merge.ranks,
        "versions": _versions(),
        **provenance,
    }
    return Result(
        {key: plain(table) for key, table in measured.tables.items()},
        plain(measured.summary),
        tuple(measured.told),
        measured.arrays,
        measured.pictures,
        json.loads(json.dumps(told_of)),
        experiment.name,
        settings.to_json(),
        size,
        experiment.figures,
    )


def _remove(place: Path) -> None:
    """The working folder, and those of jobs inside it."""
    with suppress(OSError):
        for inner in sorted(place.parent.glob(f"{place.name}-*")):
            remove_work(inner)
    remove_work(place)


def _remove_begun(place: Path, folder: Path | None) -> None:
    """What is left of a job that could not begin: there is nothing to go on with.

    Args:
        place: its working folder.
        folder: of the result, where this job made it; goes if it is empty.
    """
    if any(place.parent.glob(f"{place.name}-*")):
        return  # a job inside this one got further
    remove_work(place)
    if folder is not None:
        with suppress(OSError):
            folder.rmdir()


def _versions() -> dict[str, str]:
    return {
        "dissection": VERSION,
        "torch": str(torch.__version__),
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
