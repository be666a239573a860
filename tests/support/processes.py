"""The commands as processes of their own, which find what tests share."""

import os
import socket
import subprocess
import sys
from pathlib import Path

_TESTS = str(Path(__file__).parents[1])


def child_environment(**more: str) -> dict[str, str]:
    """This process's environment, in which a child can import ``support``."""
    folders = [_TESTS, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(folders), **more}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


def start_dissection(
    arguments: list[str], rank: int = 0, ranks: int = 1, port: int = 0
) -> subprocess.Popen[str]:
    """The command, telling progress as JSON; one of several as torchrun starts them."""
    several = {
        "WORLD_SIZE": str(ranks),
        "LOCAL_WORLD_SIZE": str(ranks),
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "dissection", *arguments, "--progress", "json"],
        env=child_environment(**(several if ranks > 1 else {})),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
