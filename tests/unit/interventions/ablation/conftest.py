"""What the studies of a whole layer are tested on."""

import pytest
from torch import nn

from dissection.interventions.ablation.classes import ClassImages
from dissection.interventions.ablation.result import Ablation
from dissection.interventions.ablation.sweep import ablate
from support.ablated_vgg import LAYER, pictures, spoiled_vgg


@pytest.fixture(scope="session")
def network() -> nn.Module:
    return spoiled_vgg()


@pytest.fixture(scope="session")
def train(network: nn.Module) -> ClassImages:
    return pictures(41, 1, network)


@pytest.fixture(scope="session")
def val(network: nn.Module) -> ClassImages:
    return pictures(33, 2, network)


@pytest.fixture(scope="session")
def found(network: nn.Module, train: ClassImages, val: ClassImages) -> Ablation:
    return ablate(
        network, LAYER, train, val, batch=9, draws=3, curves=["farm", "boat"], effect_size=41
    )
