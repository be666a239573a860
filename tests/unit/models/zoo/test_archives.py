"""Archives from elsewhere: unpacked whole or not at all, and never outside their folder."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from dissection.errors import BadInputError
from dissection.measurement.settings_labels import require_kind
from dissection.models.zoo.archives import unpack
from dissection.models.zoo.fetch import fetch, verify
from dissection.models.zoo.manifest import Entry, Kind, PublishedFile
from dissection.models.zoo.shelf import place_of, remove
from dissection.runtime.model_names import folder_of_pictures
from dissection.runtime.progress import Progress, Stopped
from support.file_server import FileServer


def zipped(files: dict[str, bytes], link: str = "") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        if link:
            info = zipfile.ZipInfo(link)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
    return stream.getvalue()


GOOD = zipped({"broden/index.csv": b"image\n", "broden/images/a.jpg": b"a" * 3_000_000})


def data_set(server: FileServer) -> Entry:
    return Entry(
        name="small-broden",
        kind=Kind.DATA,
        files=(PublishedFile(file="broden.zip"),),
        hosts=(server.address,),
        license="?",
        citation="?",
        use="?",
        bundled=False,
        unusable="",
        own=True,
    )


def test_a_data_set_is_unpacked_and_named(server: FileServer) -> None:
    server.files["/broden.zip"] = GOOD
    data = data_set(server)
    folder = fetch(data)
    assert sorted(p.name for p in folder.iterdir()) == ["images", "index.csv"]
    assert [p.name for p in folder.parent.iterdir()] == ["small-broden"]
    assert folder_of_pictures("small-broden") == folder
    assert require_kind("small-broden", None, None) == ("broden", "small-broden")
    assert require_kind("broden:small-broden", None, None) == ("broden", "small-broden")
    fetch(data)
    assert len(server.asked) == 1
    assert verify(data) == []
    (folder / "notes.txt").write_text("mine")
    assert "other files" in verify(data)[0]
    with pytest.raises(BadInputError, match="other files"):
        remove(data)
    (folder / "notes.txt").unlink()
    assert remove(data) == [folder]
    assert not folder.exists()


def test_stopped_while_unpacking(server: FileServer) -> None:
    server.files["/broden.zip"] = GOOD

    def stop(progress: Progress) -> bool:
        return not (progress.stage.startswith("unpacking") and progress.done)

    data = data_set(server)
    with pytest.raises(Stopped):
        fetch(data, stop)
    assert [p.name for p in place_of(data).parent.iterdir()] == ["small-broden-broden.zip"]
    assert fetch(data).is_dir()
    assert len(server.asked) == 1


def test_a_damaged_archive_is_kept_aside_and_fetched_anew(server: FileServer) -> None:
    server.files["/broden.zip"] = GOOD[: len(GOOD) // 2]
    data = data_set(server)
    with pytest.raises(BadInputError, match=r"kept at .*set-aside"):
        fetch(data)
    assert not place_of(data).exists()
    server.files["/broden.zip"] = GOOD
    assert fetch(data).is_dir()


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (zipped({"../out.txt": b"x"}), "leads out"),
        (zipped({"/etc/out.txt": b"x"}), "leads out"),
        (zipped({"a/..\\out.txt": b"x"}), "leads out"),
        (zipped({"C:/out.txt": b"x"}), "leads out"),
        (zipped({"a.txt": b"x"}, link="b"), "leads out"),
        (zipped({}), "no files"),
        (b"no zip", "damaged"),
        (GOOD.replace(b"image\n", b"imagE\n") if b"image\n" in GOOD else GOOD[:-30], "damaged"),
    ],
)
def test_what_is_not_unpacked(tmp_path: Path, data: bytes, told: str) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    (inner / "a.zip").write_bytes(data)
    with pytest.raises(BadInputError, match=told):
        unpack(inner / "a.zip", inner / "a")
    assert [p.name for p in inner.iterdir()] == ["a.zip"]
    assert [p.name for p in tmp_path.iterdir()] == ["inner"]
