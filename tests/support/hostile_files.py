"""Small files that claim much: makes each, opens it, and prints what was said and what it took.

    python tests/support/hostile_files.py FOLDER

One line of JSON for each: its name, its size, what was said, and the largest memory that the
process had, in MB above what it has after its imports, so far.
"""

import base64
import hashlib
import json
import os
import resource
import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import safetensors.numpy
from PIL import Image

from dissection.data.broden import BrodenLabels
from dissection.data.image_files import Crop
from dissection.data.image_folder import ImageFolder
from dissection.errors import DissectionError
from dissection.interventions.ablation.store import load_ablation
from dissection.models.classifiers.load import load_network
from dissection.painting.project import read_project
from dissection.results.store import load_dissection
from dissection.runtime.checked_lines import checked_line


def labels_of_their_own(path: Path) -> object:
    """A result of 60,000 units, each with a label of its own."""
    units = [{"unit": n, "iou": 0.1, "label": f"l{n}", "cat": "object"} for n in range(60_000)]
    path.write_text(json.dumps({"header": {"name": "m"}, "units": units}))
    return load_dissection(path)


def long_picture(path: Path) -> object:
    """A picture of 1 x 60,000 px, cut to its middle with its proportions."""
    path.mkdir()
    Image.new("RGB", (1, 60_000)).save(path / "a.png")
    return ImageFolder(path, Crop(fit="cover")).inputs([0])


def large_picture(path: Path) -> object:
    """A picture of 30,000 x 30,000 px."""
    path.mkdir()
    Image.new("1", (1, 1)).save(path / "a.png")
    data = (path / "a.png").read_bytes()
    head = b"IHDR" + (30_000).to_bytes(4, "big") * 2 + data[24:29]
    (path / "a.png").write_bytes(data[:12] + head + zlib.crc32(head).to_bytes(4, "big") + data[33:])
    return ImageFolder(path)


def large_maps(path: Path) -> object:
    """Broden's layout with maps of a million px a side."""
    return _broden(path, "a.png,train,4,4,1000000,1000000,7\n")


def many_columns(path: Path) -> object:
    """Broden's layout with 1,000 columns and 900,000 rows that lack them."""
    return _broden(path, "a\n" * 900_000, "".join(f",c{n}" for n in range(1000)))


def _broden(path: Path, rows: str, more: str = "") -> object:
    path.mkdir()
    (path / "category.csv").write_text("name\nscene\n")
    (path / "c_scene.csv").write_text("code,number,name\n1,7,street-s\n")
    (path / "index.csv").write_text(f"image,split,ih,iw,sh,sw,scene{more}\n{rows}")
    return BrodenLabels(path)


def compressed_weights(path: Path) -> object:
    """Weights of 400 MB of zeros in a few hundred kilobytes."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("a/data.pkl", b"\x80\x02}q\x00.")
        with archive.open("a/data/0", "w") as part:
            for _ in range(100):
                part.write(bytes(4 << 20))
    return load_network(path)


def many_masks(path: Path) -> object:
    """A project of 100 masks of 4,096 px a side."""
    mask = {"shape": [4096, 4096], "zlib": _zeros(4096 * 4096 * 4)}
    stroke = {"mode": "restore", "strength": 1, "rule": "touch", "mask": mask, "brush": None}
    rows = [{"scene": 0, "place": n, "stroke": stroke} for n in range(100)]
    return _project(path, rows, strokes=100)


def unused_patches(path: Path) -> object:
    """A project of 200 patches of 8 million values that no stroke puts down."""
    patch = {"layer": "layer4", "name": "p", "shape": [512, 128, 128], "zlib": _zeros(2 << 23)}
    return _project(path, [{"patch": f"p{n}", **patch} for n in range(200)])


def _project(path: Path, rows: list[dict[str, object]], strokes: int = 0) -> object:
    scene = {"model": "m", "network": "", "seed": 1, "latent": None, "strokes": strokes}
    header = {"schema": 2, "versions": {}, "shown": 0, "dissection": "", "origin": ""}
    lines = [b"GANPaint project", checked_line({**header, "scenes": [scene]})]
    path.write_bytes(b"\n".join([*lines, *map(checked_line, rows)]))
    return read_project(path)


def _zeros(count: int) -> str:
    return base64.b64encode(zlib.compress(bytes(count), 9)).decode()


def sparse_weights(path: Path) -> object:
    """Weights of 5 TB that are all hole."""
    with path.open("wb") as file:
        file.truncate(5 << 40)
    return load_network(path)


def fifo_as_weights(path: Path) -> object:
    """A pipe into which nobody writes, as weights."""
    os.mkfifo(path)
    return load_network(path)


def device_as_project(path: Path) -> object:
    """A device that never ends, as a project."""
    path.symlink_to("/dev/zero")
    return read_project(path)


def fifo_as_manifest(path: Path) -> object:
    """A pipe as the manifest of a dissection."""
    path.mkdir()
    os.mkfifo(path / "dissection.json")
    return load_dissection(path)


def fifo_as_picture(path: Path) -> object:
    """A pipe among the pictures of a folder."""
    path.mkdir()
    Image.new("RGB", (8, 8)).save(path / "a.png")
    os.mkfifo(path / "b.png")
    return ImageFolder(path).skipped


def many_decisions(path: Path) -> object:
    """An ablation of 20,000 pictures and as many sets of units, whose decisions are deflated."""
    path.mkdir()
    arrays = {name: np.zeros(20_000, np.int32) for name in ("targets", "sets.kind")}
    arrays["sets.predicted.zlib"] = np.frombuffer(zlib.compress(bytes(1 << 20)), np.uint8)
    data = safetensors.numpy.save(arrays)
    (path / "arrays").write_bytes(data)
    part = {"file": "arrays", "sha256": hashlib.sha256(data).hexdigest()}
    told = {"schema": 1, "classes": [], "provenance": {"network": ""}, "arrays": part}
    (path / "ablation.json").write_text(json.dumps(told))
    return load_ablation(path)


CASES = (
    *(labels_of_their_own, long_picture, large_picture, large_maps, many_columns),
    *(compressed_weights, many_masks, unused_patches, sparse_weights, many_decisions),
    *(fifo_as_weights, device_as_project, fifo_as_manifest, fifo_as_picture),
)


def main(folder: Path) -> None:
    """Try all of them."""
    before = _peak()
    for case in CASES:
        path = folder / case.__name__
        try:
            case(path)
            said = ""
        except DissectionError as error:
            said = str(error)
        row = {"case": case.__name__, "said": said, "peak": round(_peak() - before)}
        print(json.dumps(row), flush=True)  # noqa: T201 - read by the test


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(Path(sys.argv[1]))
