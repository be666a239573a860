import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dissection.data.image_files import Crop, list_images
from dissection.data.image_folder import NO_CLASS, ImageFolder
from dissection.errors import BadInputError, DissectionError
from dissection.runtime.prefetch import prefetch
from dissection.runtime.progress import Progress, Stopped
from support.pictures import make_folder

SMALL = Crop(24, 32)


def test_the_sample_is_the_published_shuffle_of_the_sorted_list(tmp_path: Path) -> None:
    for name in ("b/2.png", "b/10.png", "a-c/1.png", "a/9.PNG", "a/deep/0.png", "top.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    (tmp_path / "b" / ".hidden.png").write_bytes(b"")
    (tmp_path / "b" / "notes.txt").write_text("none")
    # By folder, then by name: a class's pictures stand together, whatever its name holds.
    listed = ["top.png", "a/9.PNG", "a-c/1.png", "a/deep/0.png", "b/10.png", "b/2.png"]
    assert list_images(tmp_path).names == listed
    shuffled = list(listed)
    random.Random(True).shuffle(shuffled)  # as published
    source = ImageFolder(tmp_path, SMALL, size=4)
    assert list(source.names) == shuffled[:4]
    assert source.classes == ("a", "a-c", "b")
    wanted = [NO_CLASS if "/" not in n else ["a", "a-c", "b"].index(n.split("/")[0]) for n in
              source.names]  # fmt: skip
    assert source.targets.tolist() == wanted
    assert list(ImageFolder(tmp_path, SMALL, seed=None).names) == listed
    assert ImageFolder(tmp_path, SMALL, seed=3).names != ImageFolder(tmp_path, SMALL).names


def test_pictures_are_cut_as_published(tmp_path: Path) -> None:
    from torchvision.transforms import v2

    picture = np.random.default_rng(0).integers(0, 256, (40, 70, 3)).astype(np.uint8)
    Image.fromarray(picture).save(tmp_path / "one.png")
    for fit, size in (("squeeze", (32, 32)), ("cover", 32)):
        steps = [v2.Resize(size), v2.CenterCrop(27), v2.PILToTensor()]
        wanted = v2.Compose(steps)(Image.fromarray(picture)).float() / 255 * 2 - 1
        found = ImageFolder(tmp_path, Crop(27, 32, fit)).inputs([0])[0]
        torch.testing.assert_close(found, wanted)
    gray = Image.fromarray(picture[:, :, 0])
    gray.save(tmp_path / "one.png")
    assert ImageFolder(tmp_path, Crop()).inputs([0]).shape == (1, 3, 224, 224)


def spoil(folder: Path) -> dict[str, str]:
    """Makes some files useless; name to what should be said of them."""
    whole = (folder / "red" / "00.png").read_bytes()
    (folder / "red" / "00.png").write_bytes(whole[: len(whole) // 2])
    (folder / "red" / "01.png").write_bytes(b"")
    (folder / "blue" / "00.png").write_text("this is no picture")
    (folder / "green" / "99.png").symlink_to(folder / "gone.png")
    return {
        "red/00.png": "damaged",
        "red/01.png": "empty",
        "blue/00.png": "no image",
        "green/99.png": "not there",
    }


def test_what_cannot_be_used_is_skipped_and_listed(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "photos")
    clean = ImageFolder(folder, SMALL)
    wanted = spoil(folder)
    source = ImageFolder(folder, SMALL)
    assert len(source) == 9
    found = dict(entry.split(": ") for entry in source.skipped)
    assert found.keys() == wanted.keys()
    for name, why in wanted.items():
        assert why in found[name]
    assert source.provenance["skipped"] == {"count": 4, "files": list(source.skipped)}
    assert not set(wanted) & set(source.names)
    assert source.inputs(range(9)).shape == (9, 3, 24, 24)
    assert clean.provenance["sha256"] != source.provenance["sha256"]
    # The next usable ones take the places of those that are not.
    assert list(ImageFolder(folder, SMALL, size=8).names) == list(source.names[:8])


def test_provenance_is_of_names_and_contents(tmp_path: Path) -> None:
    one, two = make_folder(tmp_path / "one"), make_folder(tmp_path / "two" / "one")
    ours = ImageFolder(one, SMALL, size=6).provenance
    assert ours == ImageFolder(two, SMALL, size=6).provenance
    assert (ours["size"], ours["files"], ours["seed"]) == (6, 12, 1)
    chosen = ImageFolder(two, SMALL, size=6).names[2]
    Image.new("RGB", (40, 40)).save(two / chosen)
    assert ImageFolder(two, SMALL, size=6).provenance["sha256"] != ours["sha256"]


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_workers_give_the_same_pictures_in_the_same_order(tmp_path: Path, method: str) -> None:
    folder = make_folder(tmp_path / "photos", each=7)
    spoil(folder)
    here = ImageFolder(folder, SMALL, size=15)
    there = ImageFolder(folder, SMALL, size=15, workers=2, method=method)
    assert there.provenance == here.provenance
    assert torch.equal(there.batch(there.load(range(3, 15))), here.inputs(range(3, 15)))


def test_a_picture_that_went_bad_later_is_told(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "photos", each=2)
    source = ImageFolder(folder, SMALL, workers=1)
    (folder / source.names[3]).unlink()
    with pytest.raises(BadInputError, match=f"{source.names[3]} could be read when the job began"):
        list(source.load(range(6)))


WATCHED = """
import os, time
from dissection.runtime.prefetch import prefetch

def who(_):
    return os.getpid()

if __name__ == "__main__":
    for worker in prefetch(who, range(1000), 1):
        print(worker, flush=True)
        time.sleep(60)
"""


def test_workers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    script = tmp_path / "watched.py"
    script.write_text(WATCHED)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE) as job:
        assert job.stdout is not None
        worker = int(job.stdout.readline())
        assert _runs(worker)
        job.kill()
    until = time.monotonic() + 20
    while _runs(worker):
        assert time.monotonic() < until
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_workers_that_are_killed_are_told() -> None:
    with pytest.raises(DissectionError, match="--workers 0"):
        list(prefetch(os._exit, [3, 3], 1))
    with pytest.raises(BadInputError, match="--workers -1"):
        list(prefetch(abs, [1], -1))


def test_wrong_folders_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="is not there"):
        ImageFolder(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInputError, match="is no folder"):
        ImageFolder(tmp_path / "file")
    (tmp_path / "empty" / "more").mkdir(parents=True)
    with pytest.raises(BadInputError, match="holds no image file"):
        ImageFolder(tmp_path / "empty")
    (tmp_path / "empty" / "more" / "a.jpg").write_text("x")
    with pytest.raises(BadInputError, match=r"no image that can be used: more/a.jpg: it is no im"):
        ImageFolder(tmp_path / "empty")
    with pytest.raises(BadInputError, match="at least 1 picture, not 0"):
        ImageFolder(tmp_path / "empty", size=0)
    with pytest.raises(BadInputError, match="100 px cannot be cut to 224"):
        Crop(224, 100)
    with pytest.raises(BadInputError, match="squeeze or cover"):
        Crop(fit="stretch")


def test_an_unreadable_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_folder(tmp_path / "photos")
    scan = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("green"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(BadInputError, match=r"green cannot be read: permission denied"):
        ImageFolder(folder)


def test_links_in_a_circle_end(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "photos", each=1)
    (folder / "red" / "again").symlink_to(folder)
    assert len(list_images(folder).names) == 3


def test_looking_at_the_files_can_be_stopped(tmp_path: Path) -> None:
    def stop(progress: Progress) -> bool:
        return progress.done < 2

    with pytest.raises(Stopped, match="looking at images, 2 of 12"):
        ImageFolder(make_folder(tmp_path), SMALL, report=stop)
