"""What an experiment runs with: where, in how large batches, told to whom, going on from where."""

from dataclasses import dataclass, field
from pathlib import Path

import torch

from dissection.errors import StoreError
from dissection.runtime.merge import ALONE, Merge
from dissection.runtime.own_files import inner_folder
from dissection.runtime.progress import Report
from dissection.runtime.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Execution:
    """What an experiment is given to run with, beside its settings.

    Attributes:
        device: where to compute.
        batch: pictures in one pass, at most.
        work: the working folder, for ``Accumulator`` and ``measurement.job.Job``; what is kept in
            it is there again when the job goes on.
        report: whom to tell; stop with ``Stopped`` where it gives False (``Meter`` does).
        merge: the processes that share the sample; ``measured`` of the first counts.
        workers: processes that load or paint pictures.
        timings: seconds by stage may be put in here, by ``timed``.
        resume: whether the job goes on with one that was stopped.
        folder: of ``work``; None where it is a temporary one.
    """

    device: torch.device
    batch: int
    work: Workspace
    report: Report | None
    merge: Merge = ALONE
    workers: int = 0
    timings: dict[str, float] = field(default_factory=dict)
    resume: bool = False
    folder: Path | None = None

    def identify(self, what: str, digest: str) -> None:
        """Say what a job is made of that its settings name but do not hold, such as a network.

        Args:
            what: "network", "dissection of layer4", and so on; each once.
            digest: of its content.

        Raises:
            StoreError: the job that is gone on with was made of another one.
        """
        before = self.work.recall(f"made of {what}")
        if before is not None and before != digest:
            raise StoreError(
                f"{self.work.folder} holds a job of another {what} ({before[:12]}..., not "
                f"{digest[:12]}...); start anew without --resume."
            )
        self.work.remember(f"made of {what}", digest)

    def inner_work(self, name: str) -> Path | None:
        """A working folder for a job inside this one, such as a dissection; goes with it.

        Args:
            name: of letters, digits and dashes.

        Returns:
            None where this job has no folder, and nothing is gone on with.
        """
        return (
            None
            if self.folder is None
            else inner_folder(self.folder.parent, f"{self.folder.name}-{name}")
        )
