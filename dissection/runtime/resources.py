"""Where the files that ship with the program lie, in a checkout and in an installed wheel."""

from pathlib import Path

from dissection.errors import UnknownNameError

_PACKAGE = Path(__file__).parents[1]
_INSTALLED = _PACKAGE / "_resources"
_CHECKOUT = _PACKAGE.parent / "resources"


def resources_folder() -> Path:
    """The folder of bundled files: ``dissection/_resources`` in a wheel, else ``resources/``."""
    return _INSTALLED if _INSTALLED.is_dir() else _CHECKOUT


def resource(relative: str) -> Path:
    """The path of one bundled file or folder, for example ``models/storybook-church.safetensors``.

    Raises:
        UnknownNameError: the installation lacks it.
    """
    path = resources_folder() / relative
    if not path.exists():
        raise UnknownNameError(
            f"The bundled file {relative} is missing from {resources_folder()}; "
            "reinstall the program with pip install ."
        )
    return path


def bundled_models() -> list[str]:
    """Names of the models that ship, in alphabetical order, for example ``storybook-church``."""
    return sorted(p.stem for p in (resources_folder() / "models").glob("*.safetensors"))


def bundled_dissections() -> list[str]:
    """Names of the dissections that ship, each called like its model, in alphabetical order."""
    return sorted(
        p.parent.name for p in (resources_folder() / "dissections").glob("*/dissection.json")
    )


def bundled_ablations() -> list[str]:
    """Names of the ablations that ship, for example ``storybook-scenes-relu5_3``."""
    return sorted(p.parent.name for p in (resources_folder() / "ablations").glob("*/ablation.json"))


def bundled_experiments() -> list[str]:
    """Names of the results of experiments that ship, for example ``erase``."""
    return sorted(p.parent.name for p in (resources_folder() / "experiments").glob("*/result.json"))
