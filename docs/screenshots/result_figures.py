"""The figures of docs/results.md, of the results that ship, into docs/images."""

from pathlib import Path

from dissection.experiments.store import load_result
from dissection.report.drawing import draw, encode

IMAGES = Path(__file__).parents[1] / "images"
#: The picture's name, the result, and which of its figures.
FIGURES = (
    ("experiment_layers", "layers", "concepts-by-layer"),
    ("experiment_erase", "erase", "removed"),
    ("experiment_insert", "insert", "contexts"),
    ("experiment_insert_map", "insert", "map"),
    ("experiment_detector", "detector", "density"),
    ("experiment_rotation", "rotation", "by-iou"),
    ("experiment_training", "training-generator", "when"),
    ("experiment_compose", "compose", "length"),
)


def main() -> None:
    """Write all of them as SVG."""
    for name, result, figure in FIGURES:
        drawn = draw(load_result(result).figures()[figure])
        (IMAGES / f"{name}.svg").write_bytes(encode(drawn, "svg"))


if __name__ == "__main__":
    main()
