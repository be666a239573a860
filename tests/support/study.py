"""A tiny classifier, folders of noise for it, and an ablation of it."""

from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("farm", "lake", "pier")
UNITS, EACH = 16, 8
LAYER = "features.relu5_3"


def make_pictures(folder: Path) -> None:
    """Eight pictures of noise, 32 x 32, for each class, by day and by night."""
    rng = np.random.default_rng(3)
    for number, name in enumerate(CLASSES):
        for place in range(EACH):
            part = folder / name / ("night" if place % 2 else "day")
            part.mkdir(parents=True, exist_ok=True)
            noise = rng.integers(0, 256, (32, 32, 3)) * [number == 0, number == 1, 1]
            Image.fromarray(noise.astype(np.uint8)).save(part / f"{place}.png")


def make_classifier(path: Path, pictures: Path) -> None:
    """Random weights; its last layer is set so that every class is decided for sometimes."""
    import torch

    from dissection.data.image_folder import ImageFolder
    from dissection.models.classifiers.load import load_network
    from dissection.models.classifiers.plans import Plan, folded
    from dissection.models.classifiers.trained import save_classifier

    plan = Plan("vgg", (8, 8, 8, 8, UNITS), 16, 32, len(CLASSES))
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(2)
        network = folded(plan.initialized(norm=False), plan)
        save_classifier(network, plan, CLASSES, path, {"data": "noise"}, compact=False)
        loaded = load_network(path)
        source = ImageFolder(pictures, loaded.preparation.crop("squeeze", 0, 0))
        logits = loaded.module(source.inputs(range(len(source))))
        network.get_parameter("classifier.fc8a.weight").div_(logits.std(0)[:, None])
        bias = network.get_parameter("classifier.fc8a.bias")
        bias.sub_(logits.mean(0)).div_(logits.std(0))
        save_classifier(network, plan, CLASSES, path, {"data": "noise"}, compact=False)


def make_ablation(folder: Path, classifier: Path, pictures: Path) -> None:
    """Its units taken out, measured on the pictures."""
    from dissection.data.image_folder import ImageFolder
    from dissection.interventions.ablation.store import save_ablation
    from dissection.interventions.ablation.sweep import ablate
    from dissection.models.classifiers.load import load_network

    network = load_network(classifier)
    source = ImageFolder(pictures, network.preparation.crop("squeeze", 0, 0))
    found = ablate(network.module, LAYER, source, source, effect_size=0, draws=3)
    save_ablation(found, folder)
