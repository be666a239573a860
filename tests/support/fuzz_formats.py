"""The formats that the product reads, for ``support.fuzzing``: a small real file of each."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from dissection.data.broden import BrodenLabels
from dissection.data.galleries import Exhibit, Gallery, load_gallery, save_gallery
from dissection.data.image_files import Crop
from dissection.data.image_folder import ImageFolder
from dissection.data.images import write_picture
from dissection.data.label_folder import FolderLabels
from dissection.experiments.running import run_experiment
from dissection.experiments.store import load_result, save_result
from dissection.models.classifiers.load import load_network
from dissection.models.generators.checkpoints import save_generator
from dissection.models.generators.compact import save_compact
from dissection.models.segmenters.storybook import (
    Head,
    SceneNetwork,
    load_segmenter,
    save_segmenter,
)
from dissection.models.weights.compact import finest_scale, round_to
from dissection.models.weights.files import safetensors_bytes
from dissection.models.weights.overlay import Base, overlay_texts
from dissection.painting.edits import Brush, LayerUnits, Mode, Stroke
from dissection.painting.history import Painted, UnitChoice, shown_edit
from dissection.painting.masks import disc
from dissection.painting.patches import Patch, Stamp
from dissection.painting.project import PaintedScene, Project, read_project, write_project
from dissection.painting.recipe import KEYWORD, Recipe
from dissection.results.rarity import OWN_CATEGORY
from dissection.results.rows import concept_rows, unit_rows
from dissection.results.sheets import Sheets
from dissection.results.store import load_dissection, save_dissection
from dissection.runtime.files import file_digest
from dissection.runtime.workspace import Workspace
from dissection.training.pictures import open_pictures
from dissection.training.pieces import join_pieces, write_pieces
from dissection.training.run_folder import RunFolder
from dissection.training.scene_writer import Painting
from dissection.training.upscaler import Upscaler, load_upscaler, save_upscaler
from dissection.vocabulary import Concept, Vocabulary
from ganpaint.painter.document.user_brush import UserBrush
from ganpaint.painter.document.user_brush_file import read_store, write_store
from support.fuzz_classifier_formats import CLASSIFIER_FORMATS, seal_part
from support.fuzzing import Format, seal_header, seal_lines, seal_png
from support.synthetic import make_dissection
from support.tiny import tiny_generator

BRUSH = Brush(Concept("tree", "object"), {"layer4": LayerUnits((7, 3), (1.5, 0.1))})
VOCABULARY = Vocabulary([Concept("tree", "object"), Concept("sky", "object")])
SETTINGS = {"data": "ours", "seed": 3, "network": "5e" * 32}


def _history() -> tuple[Painted, ...]:
    patch = Patch("layer4", np.ones((8, 2, 2), np.float16), "patch of seed 3")
    mask = disc((16, 20), 5, 6, 3)
    return (
        Painted(Stroke(mask, BRUSH, Mode.DRAW, 0.7), False, UnitChoice("effect", 2, "0.995", 1.5)),
        Painted(Stroke(mask, None, Mode.DRAW, 1.0, stamp=Stamp(patch, 1, 2))),
        Painted(Stroke(mask, BRUSH, Mode.ERASE)),
    )


def _make_project(folder: Path) -> None:
    z = np.linspace(-2, 2, 16, dtype=np.float32)
    scene = PaintedScene("storybook-church", "ab" * 32, 104, z, _history())
    other = PaintedScene("/else/where.pth", "cd" * 32, 7, None, _history()[:1])
    write_project(folder / "a.ganpaint", Project((scene, other), counter=3))


def _open_project(path: Path) -> None:
    for scene in read_project(path).scenes:
        shown_edit(scene.history).compile("layer4", 8, 4, 4)


def _make_picture(folder: Path) -> None:
    recipe = Recipe.of_history("storybook-church", "ab" * 32, 5, _history(), None, None)
    pixels = np.zeros((8, 8, 3), np.uint8)
    write_picture(folder / "a.png", pixels, {KEYWORD: recipe.to_text()})


def _make_pth(folder: Path) -> None:
    torch.save({"state_dict": tiny_generator((4, 4)).state_dict()}, folder / "a.pth")


def _make_legacy_pth(folder: Path) -> None:
    state = tiny_generator((4, 4)).state_dict()
    torch.save(state, folder / "a.pth", _use_new_zipfile_serialization=False)


def _make_compact(folder: Path) -> None:
    state = tiny_generator((4, 4)).state_dict()
    tensors = {
        key: round_to(tensor, finest_scale(tensor)) if tensor.ndim == 4 else tensor
        for key, tensor in state.items()
    }
    save_compact(tensors, folder / "a.safetensors", {"images": "7"})


def _make_overlay(folder: Path) -> None:
    base, generator = folder / "little.safetensors", tiny_generator((4, 4))
    save_generator(generator, base)
    weights = {"layer4.wscale.b": torch.ones(4).half()}
    texts = overlay_texts({"images": "7"}, Base("little", file_digest(base)))
    (folder / "a.safetensors").write_bytes(safetensors_bytes(weights, texts))


def _make_segmenter(folder: Path) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = SceneNetwork(3, (4, 4))
    heads = [Head("object", (0, 1, 2))]
    save_segmenter(network, heads, VOCABULARY, 32, folder / "a.safetensors", {"steps": "3"})


def _make_dissection(folder: Path) -> None:
    dissection = make_dissection(shapes={"layer3": (24, 4, 4)})
    strips = np.zeros((24, 2, 8, 8, 3), np.uint8)
    layer = replace(dissection["layer3"], pictures=Sheets.of(strips))
    save_dissection(replace(dissection, measured={"layer3": layer}), folder, {"effect": 1.5})


def _open_dissection(folder: Path) -> None:
    dissection = load_dissection(folder)
    for name, part in dissection.items():
        list(unit_rows(dissection, name, 0.04))
        if part.pictures is not None:
            part.pictures[0]
    list(concept_rows(dissection, 0.04))


def _make_report(folder: Path) -> None:
    units = [{"unit": n, "iou": 0.07, "label": "tree", "cat": ["tree", "object"]} for n in range(4)]
    header = {"name": "vgg16 places netpqc", "image": "concepts_99.svg"}
    (folder / "report.json").write_text(json.dumps({"header": header, "units": units}))
    lost = {"barn": [{"unit": 1, "val_acc": -0.2}, {"unit": 0, "val_acc": 0.1}]}
    (folder / "ttv_unit_ablation.json").write_text(json.dumps(lost))


def _make_gandissect(folder: Path) -> None:
    units = [
        {
            "unit": n,
            "level": 1.25,
            "iou": 0.02,
            "iou_label": "sky",
            "iou_cat": "object",
            "iou_labelnum": 2,
            "top": [{"imgnum": 31, "maxact": 4.5}],
        }
        for n in range(3)
    ]
    ranking = {"name": "sky-iou", "concept": "sky", "metric": "iou", "score": [-0.02, 0.0, -0.5]}
    layer = {"layer": "layer4", "units": units, "rankings": [ranking]}
    content = {"netname": "my gan", "quantile_threshold": 0.01, "layers": [layer]}
    (folder / "dissect.json").write_text(json.dumps(content))


def _make_gallery(folder: Path) -> None:
    exhibits = (Exhibit(3, 0.5, ("sky", "tree")), Exhibit(9, 0.25, ()))
    save_gallery(folder / "gallery.json", Gallery("m", "ab" * 32, exhibits, {"command": "c"}))


def _make_brushes(folder: Path) -> None:
    brush = Brush(Concept("mine", OWN_CATEGORY), {"layer4": LayerUnits((1, 2), (0.5, 2.0))})
    picture = np.zeros((8, 8, 3), np.uint8)
    write_store(folder / "a.brushes", [UserBrush(brush, picture), UserBrush(brush)])


def _make_result(folder: Path) -> None:
    result = run_experiment("units", dissection="storybook-church", units=2, images=1, side=16)
    arrays = {"peaks": np.linspace(0, 1, 4, dtype=np.float32)}
    save_result(replace(result, arrays=arrays), folder / "result", plots=False)


def _open_result(path: Path) -> None:
    result = load_result(path)
    result.figures()
    result.to_pandas()


_ENDINGS = ("png", "jpg", "webp", "bmp", "tif", "gif", "ppm")


def _make_images(folder: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (12, 10, 3)).astype(np.uint8)
    for ending in _ENDINGS:
        Image.fromarray(pixels).save(folder / f"a.{ending}")


def _make_labels(folder: Path) -> None:
    for name in ("images", "labels"):
        (folder / name).mkdir()
        for stem in ("a", "b"):
            Image.fromarray(np.ones((4, 4), np.uint8)).save(folder / name / f"{stem}.png")
    (folder / "names.txt").write_text("sky\npart:roof\n")


def _make_named_labels(folder: Path) -> None:
    _make_labels(folder)
    (folder / "vocabulary.json").write_text(json.dumps(VOCABULARY.to_json()))


def _make_broden(folder: Path) -> None:
    (folder / "category.csv").write_text("name,first,last\nobject,3,4\nscene,7,7\n")
    (folder / "c_object.csv").write_text("code,number,name\n1,3,door\n2,4,sky\n")
    (folder / "c_scene.csv").write_text("code,number,name\n1,7,street-s\n")
    (folder / "index.csv").write_text(
        "image,split,ih,iw,sh,sw,object,scene\na.png,train,4,4,4,4,o.png,7\nb.png,val,4,4,4,4,,\n"
    )
    (folder / "images").mkdir()
    labels = np.zeros((4, 4, 3), np.uint8)
    labels[..., 0] = 3
    for name in ("a", "b", "o"):
        Image.fromarray(labels).save(folder / "images" / f"{name}.png")


def _make_run(folder: Path) -> None:
    with RunFolder(folder, SETTINGS) as run:
        run.save({"network": torch.nn.Linear(2, 2).state_dict(), "step": 3})


def _open_run(folder: Path) -> None:
    network = torch.nn.Linear(2, 2)

    def restore(state: dict[str, object]) -> None:
        network.load_state_dict(state["network"])  # type: ignore[arg-type]

    with RunFolder(folder, SETTINGS) as run:
        run.resume(restore)


def _make_work(folder: Path) -> None:
    work = Workspace(folder, SETTINGS)
    work.array("maps", (3, 2), np.float32)[:] = 1
    work.save("counts", {"a": np.arange(3), "b": np.ones((2, 2), np.float32)})
    work.mark("sampling", 3)
    work.remember("precision", "float32")
    work.close(remove=False)


def _open_work(folder: Path) -> None:
    work = Workspace(folder, SETTINGS, resume=True)
    try:
        work.done("sampling")
        work.recall("precision")
        work.array("maps", (3, 2), np.float32).copy()
        work.load("counts")
    finally:
        work.close(remove=False)


def _make_scenes(folder: Path) -> None:
    painting = Painting("churches", 64, 1, 0, folder)
    (folder / "churches-64-0-1.done").write_text("0\n")
    del painting


def _make_pictures(folder: Path) -> None:
    (folder / "photos").mkdir()
    _make_images(folder / "photos")
    _open_pictures(folder)


def _open_pictures(folder: Path) -> None:
    # The listing tells times and sizes: the copy's cache is made anew unless it is that of it.
    (cached,) = folder.glob("cache/*.json") if (folder / "cache").exists() else [None]
    open_pictures(str(folder / "photos"), 8, 0, folder / "cache")
    if cached is not None:
        (other,) = [p for p in folder.glob("cache/*.json") if p != cached] or [cached]
        for ending in (".json", ".images.npy"):
            cached.with_suffix(ending).replace(other.with_suffix(ending))
        open_pictures(str(folder / "photos"), 8, 0, folder / "cache")


def _make_upscaler(folder: Path) -> None:
    save_upscaler(Upscaler((4, 4, 4, 4)), folder / "a.safetensors", {"trained_on": "nothing"})


def _make_pieces(folder: Path) -> None:
    (folder / "file.bin").write_bytes(bytes(range(256)) * 2)
    write_pieces(folder / "file.bin", folder, 5, 200)


FORMATS = (
    Format(
        "project",
        _make_project,
        ("a.ganpaint",),
        lambda f: _open_project(f / "a.ganpaint"),
        seal_lines,
    ),
    Format(
        "picture with its recipe",
        _make_picture,
        ("a.png",),
        lambda f: _open_project(f / "a.png"),
        seal_png,
    ),
    Format(
        "generator, safetensors",
        lambda f: save_generator(tiny_generator((4, 4)), f / "a.safetensors"),
        ("a.safetensors",),
        lambda f: load_network(f / "a.safetensors"),
        seal_header,
    ),
    Format("generator, torch", _make_pth, ("a.pth",), lambda f: load_network(f / "a.pth")),
    Format(
        "generator, torch before 1.6",
        _make_legacy_pth,
        ("a.pth",),
        lambda f: load_network(f / "a.pth"),
    ),
    Format(
        "generator in 8 bits",
        _make_compact,
        ("a.safetensors",),
        lambda f: load_network(f / "a.safetensors"),
        seal_header,
    ),
    Format(
        "generator over another one",
        _make_overlay,
        ("a.safetensors",),
        lambda f: load_network(f / "a.safetensors"),
        seal_header,
    ),
    Format(
        "segmenter",
        _make_segmenter,
        ("a.safetensors",),
        lambda f: load_segmenter(f / "a.safetensors"),
        seal_header,
    ),
    Format(
        "dissection",
        _make_dissection,
        ("dissection.json", "*.safetensors", "*.webp"),
        _open_dissection,
        lambda path, data: seal_part("dissection.json", path, data),
    ),
    Format(
        "report.json", _make_report, ("report.json", "ttv_unit_ablation.json"), _open_dissection
    ),
    Format("dissect.json", _make_gandissect, ("dissect.json",), _open_dissection),
    Format(
        "result of an experiment",
        _make_result,
        ("result/result.json", "result/arrays-*", "result/*.webp"),
        lambda f: _open_result(f / "result"),
    ),
    Format("gallery", _make_gallery, ("gallery.json",), lambda f: load_gallery(f / "gallery.json")),
    Format(
        "brushes", _make_brushes, ("a.brushes",), lambda f: read_store(f / "a.brushes"), seal_lines
    ),
    Format("pictures", _make_images, ("a.*",), lambda f: ImageFolder(f, Crop(8, 8)).inputs([0])),
    Format(
        "label maps",
        _make_labels,
        ("names.txt", "labels/*.png", "images/*.png"),
        lambda f: FolderLabels(f, size=8).labels([0], 4),
        seal_png,
    ),
    Format(
        "label maps with a vocabulary",
        _make_named_labels,
        ("vocabulary.json",),
        lambda f: FolderLabels(f, size=8).labels([0], 4),
    ),
    Format(
        "Broden",
        _make_broden,
        ("*.csv", "images/o.png"),
        lambda f: BrodenLabels(f, size=8).labels([0], 4),
    ),
    Format("training run", _make_run, ("state.pt", "*.json"), _open_run),
    Format(
        "working folder", _make_work, ("*.json", "*.safetensors", "*.bin"), _open_work, seal_header
    ),
    Format(
        "painted scenes",
        _make_scenes,
        ("*.npy", "*.done"),
        lambda f: Painting("churches", 64, 1, 0, f),
    ),
    Format("pictures read before", _make_pictures, ("cache/*",), _open_pictures),
    Format(
        "upscaler",
        _make_upscaler,
        ("a.safetensors",),
        lambda f: load_upscaler(f / "a.safetensors"),
        seal_header,
    ),
    Format("pieces of a file", _make_pieces, ("*.piece",), join_pieces),
    *CLASSIFIER_FORMATS,
)
