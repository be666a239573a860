"""Fetching from a server that truncates, stalls, redirects, serves wrong bytes and is gone."""

import hashlib
import os
import socket
import time
from pathlib import Path

import pytest

from dissection.errors import BadInputError, DissectionError, StoreError
from dissection.models.zoo.download import HostError
from dissection.models.zoo.fetch import UnverifiedError, fetch, verify
from dissection.models.zoo.manifest import Entry, Kind, PublishedFile, entries
from dissection.models.zoo.shelf import State, file_place, held, place_of, remove, state_of
from dissection.runtime.model_names import ModelKind, find_model
from dissection.runtime.progress import Progress, Stopped
from support.file_server import FileServer
from support.processes import start_dissection

BYTES = os.urandom(1_500_000)
SHA256 = hashlib.sha256(BYTES).hexdigest()
MD5 = hashlib.md5(BYTES).hexdigest()


def entry(server: FileServer | str, kind: Kind = Kind.GENERATOR, **file: object) -> Entry:
    """A model of one file, ``church-1234abcd.pth``."""
    host = server if isinstance(server, str) else server.address
    return Entry(
        name="church",
        kind=kind,
        files=(PublishedFile.model_validate({"file": "church-1234abcd.pth"} | file),),
        hosts=(f"{host}/models/",),
        license="MIT",
        citation="nobody",
        use="tests",
        bundled=False,
        unusable="",
        own=True,
    )


@pytest.fixture
def served(server: FileServer) -> FileServer:
    server.files["/models/church-1234abcd.pth"] = BYTES
    return server


URL = "/models/church-1234abcd.pth"


def left_of(place: Path) -> list[str]:
    """Names beside a place."""
    return sorted(path.name for path in place.parent.iterdir() if path != place)


def test_a_file_is_found_by_its_name_afterwards(served: FileServer) -> None:
    model, told = entry(served, sha256=SHA256), list[Progress]()
    assert state_of(model) is State.AVAILABLE
    place = fetch(model, told.append)
    assert place.read_bytes() == BYTES
    assert place.name == "church.pth"
    assert left_of(place) == []
    assert (find_model("church").kind, find_model("church").path) == (ModelKind.FETCHED, place)
    assert state_of(model) is State.FETCHED
    fetched = [p for p in told if p.stage.startswith("fetching")]
    assert (fetched[-1].done, fetched[-1].total) == (len(BYTES), len(BYTES))
    assert fetch(model) == place
    assert len(served.asked) == 1  # it is there: not asked for again
    assert verify(model) == []


@pytest.mark.parametrize("fault", ["truncate", "stall"])
def test_a_connection_that_breaks_off_goes_on(served: FileServer, fault: str) -> None:
    served.faults[URL] = fault
    assert fetch(entry(served, md5=MD5), timeout=0.4).read_bytes() == BYTES
    (_, first), (_, second) = served.asked
    assert first is None
    assert second is not None
    kept = int(second.removeprefix("bytes=").removesuffix("-"))
    assert 0.9 * len(BYTES) / 2 < kept <= len(BYTES) / 2


@pytest.mark.parametrize("fault", ["no resume", "no length", "error"])
def test_servers_that_can_less(served: FileServer, fault: str) -> None:
    served.faults[URL] = fault
    told: list[Progress] = []

    def stop(progress: Progress) -> bool:
        told.append(progress)
        return progress.done < 500_000

    model = entry(served, sha256=SHA256)
    with pytest.raises(Stopped):
        fetch(model, stop)
    assert state_of(model) is State.BEGUN
    assert not file_place(model, model.files[0]).exists()
    assert fetch(model).read_bytes() == BYTES


def test_a_stopped_download_goes_on_where_it_was(served: FileServer) -> None:
    model = entry(served, sha256=SHA256)
    with pytest.raises(Stopped):
        fetch(model, lambda progress: progress.done < 500_000)
    told: list[Progress] = []
    fetch(model, told.append)
    assert told[0].done >= 500_000
    assert served.asked[-1][1] == f"bytes={told[0].done}-"
    assert left_of(place_of(model)) == []


@pytest.mark.skipif(os.name != "posix", reason="signals of another kind")
@pytest.mark.parametrize("resumes", [True, False])
def test_killed_while_fetching_it_leaves_no_half_file(
    served: FileServer, home: Path, resumes: bool
) -> None:
    own = home / "config" / "GANPaint" / "models.toml"
    own.parent.mkdir(parents=True)
    own.write_text(
        '[[collection]]\nkind = "generator"\nlicense = "MIT"\n'
        f'hosts = ["{served.address}/models/"]\n'
        'entries = [{ name = "church", files = [{ file = "church-1234abcd.pth", '
        f'sha256 = "{SHA256}" }}] }}]\n'
    )
    (model,) = [each for each in entries() if each.name == "church"]
    place = file_place(model, model.files[0])
    served.faults[URL] = "slow"
    child = start_dissection(["fetch", "church"])
    try:
        deadline = time.monotonic() + 120
        while not (place.parent.is_dir() and sum(p.stat().st_size for p in begun(place)) > 200_000):
            assert child.poll() is None, child.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        child.kill()  # SIGKILL
        child.communicate()
    assert not place.exists()
    assert state_of(model) is State.BEGUN
    served.faults[URL] = "" if resumes else "no resume"
    assert fetch(model).read_bytes() == BYTES
    begin = served.asked[-1][1]
    assert begin is not None
    assert int(begin.removeprefix("bytes=").removesuffix("-")) >= 200_000
    assert left_of(place) == []


def begun(place: Path) -> list[Path]:
    """What lies beside a place."""
    return [path for path in place.parent.iterdir() if path.is_file()]


def test_another_version_on_the_server_is_begun_anew(served: FileServer) -> None:
    model = entry(served)
    with pytest.raises(Stopped):
        fetch(model, lambda progress: progress.done < 500_000)
    other = os.urandom(900_000)
    served.files[URL], served.tag = other, '"two"'
    assert fetch(model).read_bytes() == other


def test_what_was_whole_when_killed_is_taken(served: FileServer) -> None:
    model = entry(served, sha256=SHA256)
    with pytest.raises(Stopped):  # all bytes came, and nobody had looked at them
        fetch(model, lambda progress: not progress.stage.startswith("checking"))
    assert fetch(model).read_bytes() == BYTES
    assert served.asked[-1][1] == f"bytes={len(BYTES)}-"


@pytest.mark.parametrize("fault", ["always truncate", "always stall", "page"])
def test_a_server_that_gives_nothing_is_given_up(served: FileServer, fault: str) -> None:
    served.faults[URL] = fault
    model = entry(served)
    with pytest.raises(
        HostError, match=r"put it to .*church-1234abcd.pth and run dissection fetch"
    ):
        fetch(model, timeout=0.2)
    assert not place_of(model).exists()


def test_a_file_that_is_not_there(server: FileServer) -> None:
    model = entry(server)
    with pytest.raises(HostError, match="404"):
        fetch(model)
    assert left_of(place_of(model)) == []


def test_redirects_are_followed_and_circles_are_not(served: FileServer) -> None:
    served.redirects["/old/church-1234abcd.pth"] = f"{served.address}{URL}"
    moved = entry(served, urls=[f"{served.address}/old/church-1234abcd.pth"], sha256=SHA256)
    assert fetch(moved).read_bytes() == BYTES
    remove(moved)
    served.redirects[URL] = URL
    with pytest.raises(HostError, match="from address to address"):
        fetch(entry(served))


def test_a_closed_port_and_then_a_mirror(served: FileServer) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(HostError, match="the server cannot be reached"):
        fetch(entry(closed))
    mirrored = entry(served, urls=[f"{closed}/church-1234abcd.pth"], sha256=SHA256)
    assert fetch(mirrored).read_bytes() == BYTES


@pytest.mark.parametrize("known", [{"sha256": "0" * 64}, {"md5": "0" * 32}, {"size": 5}])
def test_wrong_bytes_are_refused(served: FileServer, known: dict[str, object]) -> None:
    model = entry(served, **known)
    with pytest.raises(HostError, match="should"):
        fetch(model)
    assert not place_of(model).exists()
    assert left_of(place_of(model)) == []


def test_a_prefix_that_nobody_verified_is_asked_about(served: FileServer) -> None:
    model = entry(served, sha256_prefix="00000000")
    with pytest.raises(UnverifiedError, match=f"{SHA256[:8]}.*--accept"):
        fetch(model)
    assert not place_of(model).exists()
    assert left_of(place_of(model)) == ["church.pth.set-aside"]
    assert fetch(model, accept=True).read_bytes() == BYTES
    assert len(served.asked) == 1  # what was kept is taken
    assert left_of(place_of(model)) == []
    assert fetch(entry(served, sha256_prefix=SHA256[:8])).is_file()


@pytest.mark.parametrize("name", ["church-1234abcd.pth", "church.pth"])
def test_a_file_put_there_by_hand_is_checked_and_taken(server: FileServer, name: str) -> None:
    model = entry(server, md5=MD5)
    with pytest.raises(HostError):
        fetch(model)
    folder = place_of(model).parent
    (folder / name).write_bytes(b"something else")
    with pytest.raises(BadInputError, match="is not the published file"):
        fetch(model)
    assert (folder / name).read_bytes() == b"something else"
    (folder / name).write_bytes(BYTES)
    assert fetch(model).read_bytes() == BYTES
    assert left_of(place_of(model)) == []


def test_what_changed_is_noticed_kept_and_fetched_again(served: FileServer) -> None:
    model = entry(served)
    place = fetch(model)
    place.write_bytes(BYTES[:-1] + bytes([BYTES[-1] ^ 1]))
    assert "has changed" in verify(model)[0]
    place.write_bytes(b"short")
    assert fetch(model).read_bytes() == BYTES
    assert place.with_name("church.pth.set-aside").read_bytes() == b"short"


def test_only_what_was_fetched_is_removed(served: FileServer) -> None:
    model = entry(served)
    place = fetch(model)
    assert remove(model) == [place]
    assert state_of(model) is State.AVAILABLE
    place.write_bytes(b"a person's own")
    with pytest.raises(BadInputError, match="was not put there by dissection fetch"):
        remove(model)
    assert place.read_bytes() == b"a person's own"


def test_two_at_once(served: FileServer) -> None:
    model = entry(served)
    with held(model), pytest.raises(StoreError, match="another process"):
        fetch(model)
    assert fetch(model).is_file()


def test_a_full_disk_is_told_before(served: FileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1000})()
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(DissectionError, match="has room for 1000 bytes; free some space"):
        fetch(entry(served))
