"""How the panel of jobs says where a job stands."""

from dissection.runtime.progress import Progress
from ganpaint.jobs.job import ACTIVE, Job, JobState


def told(job: Job) -> str:
    """Where a job stands, or how it ended, in one line."""
    if job.state == JobState.WAITING:
        return job.sentence or "Waits for the job before it."
    if job.state == JobState.STOPPING:
        return "Stops after the batch at hand."
    if job.state == JobState.RUNNING:
        return told_progress(job.progress) if job.progress else "Starts."
    if job.state == JobState.DONE:
        return job.sentence or "Done."
    return job.sentence


def told_progress(progress: Progress) -> str:
    """Stage, how far, how fast, and how long it takes still."""
    parts = [progress.stage[:1].upper() + progress.stage[1:]]
    if progress.total:
        parts.append(f"{progress.done:,} of {progress.total:,}")
    if progress.rate:
        fast = f"{progress.rate:,.1f}" if progress.rate < 100 else f"{progress.rate:,.0f}"
        parts.append(f"{fast} a second")
    if progress.seconds_left is not None and progress.done < progress.total:
        parts.append(f"{told_time(progress.seconds_left)} left in this stage")
    if 0 < progress.total <= progress.done:
        parts.append("more follows")
    if progress.note:
        parts.append(progress.note)
    return ", ".join(parts)


def told_time(seconds: float) -> str:
    """A span of time, as short as it can be said: 40 s, 3 min, 2 h 10 min."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"


def told_bytes(size: float) -> str:
    """A number of bytes: 340 MB, 2.1 GB."""
    if size < 1e9:
        return f"{max(1, round(size / 1e6)):,} MB"
    return f"{size / 1e9:,.1f} GB"


def percent(job: Job) -> int | None:
    """How much of its stage is done; None where nobody knows.

    A stage that is done is none that a job is in: while it runs, something follows.
    """
    progress = job.progress
    if progress is None or not progress.total:
        return None
    if job.state in ACTIVE and progress.done >= progress.total:
        return None
    return min(100, int(100 * progress.done / progress.total))
