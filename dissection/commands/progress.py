"""Progress bars for functions that report (done, total)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm


@contextmanager
def bar(description: str, unit: str = "") -> Iterator[Callable[[int, int], None]]:
    """A progress bar on the terminal; call what it yields with (done, total)."""
    with tqdm(desc=description, unit=unit) as shown:

        def report(done: int, total: int) -> None:
            shown.total = total
            shown.update(done - shown.n)

        yield report
