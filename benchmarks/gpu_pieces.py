"""Put files into a folder in pieces under 15 MiB: what comes back from a lent machine is small.

python benchmarks/gpu_pieces.py OUT FILE ...    # and at home: dissection train join OUT
"""

import sys
from pathlib import Path

from dissection.training.pieces import write_pieces


def main() -> None:
    """Write each file in pieces, the oldest age for all."""
    folder, *files = map(Path, sys.argv[1:])
    for file in files:
        for piece in write_pieces(file, folder, age=0):
            print(piece)


if __name__ == "__main__":
    main()
