"""How much a machine is asked for at most: threads, processes, pictures in a pass, units."""

from dissection.errors import BadInputError

#: More than any machine has cores. torch would take billions, and start them all.
MOST_THREADS = 1024
#: Pictures in one pass.
MOST_BATCH = 100_000
#: Units of a layer that is trained; the published networks have up to 4096.
MOST_UNITS = 65_536
#: Each is a Python of its own.
MOST_WORKERS = 256


def require_threads(threads: int) -> None:
    """Refuse numbers of threads that cannot be.

    Raises:
        BadInputError: below 0, or above ``MOST_THREADS``.
    """
    _require("--threads", threads, MOST_THREADS)


def require_workers(workers: int) -> None:
    """Refuse numbers of processes that cannot be.

    Raises:
        BadInputError: below 0, or above ``MOST_WORKERS``.
    """
    _require("--workers", workers, MOST_WORKERS)


def require_batch(batch: int) -> None:
    """Refuse numbers of pictures in one pass that cannot be.

    Raises:
        BadInputError: below 1, or above ``MOST_BATCH``.
    """
    if batch < 1:
        raise BadInputError(f"--batch {batch} is too little; take at least 1.")
    if batch > MOST_BATCH:
        raise BadInputError(f"--batch {batch} is too much; take at most {MOST_BATCH}.")


def use_threads(threads: int) -> None:
    """Compute with so many threads from now on; 0 leaves it to torch.

    Raises:
        BadInputError: as ``require_threads``.
    """
    require_threads(threads)
    if threads:
        import torch

        torch.set_num_threads(threads)


def _require(option: str, given: int, most: int) -> None:
    if given < 0:
        raise BadInputError(f"{option} {given} is below 0; take 0 or more.")
    if given > most:
        raise BadInputError(f"{option} {given} is too much; take at most {most}.")
