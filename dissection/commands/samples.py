"""Which network a command measures, and pictures of known classes for classifiers."""

from collections.abc import Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from dissection.errors import BadInputError
from dissection.measurement.settings import OF_BRUSHES, OF_PICTURES, DissectionSettings, numbers

if TYPE_CHECKING:
    from dissection.data.sources import Source
    from dissection.models.classifiers.load import Network


def open_network(settings: DissectionSettings) -> "Network":
    """The network that the settings name, with everything checked that needs no sample.

    Raises:
        UnknownNameError: there is no such network, or layer of it.
        ModelFileError: its file cannot be used.
        BadInputError: it and the sample do not fit.
    """
    from dissection.models.classifiers.load import load_network
    from dissection.models.classifiers.preparation import with_own
    from dissection.models.classifiers.transforms import takes_pictures
    from dissection.models.generators.precision import choose_device
    from dissection.models.hooks import find_layer
    from dissection.runtime.allocator import keep_freed_memory
    from dissection.runtime.processors import use_threads

    keep_freed_memory()
    use_threads(settings.threads)
    choose_device(settings.device or "cpu")  # raises where there is no such device
    own = with_own(settings.interpolation or "", numbers(settings.mean), numbers(settings.std))
    network = load_network(settings.model, settings.weights, own)
    require_fit(network, settings)
    for name in settings.layers:
        find_layer(network.module, name)
    if settings.pictured and not network.takes and settings.normalize:
        takes_pictures(network.module, network.preparation.normalization)
    return network


def preprocessing(
    network: "Network", source: "Source", settings: DissectionSettings
) -> dict[str, Any]:
    """How the pictures were made in the end, for the provenance; nothing of a generator."""
    if not settings.pictured:
        return {}
    return {"preprocessing": pictures_made(network, source, settings.normalize)}


def pictures_made(network: "Network", source: "Source", normalize: bool) -> dict[str, Any]:
    """How a classifier's pictures were made in the end, plain JSON values."""
    fit, resize, size, *_ = source.provenance["crop"]
    made = {**network.preparation.to_json(), "fit": fit, "resize": resize, "size": size}
    if not network.takes and not normalize:
        made.update(mean=[0.5] * 3, std=[0.5] * 3, source="as they are, -1..1")
    return made


def require_fit(network: "Network", settings: DissectionSettings) -> None:
    """Refuse what the network, or its sample, has no use for.

    Raises:
        BadInputError: a classifier without pictures, a generator with some; or an option that
            would change nothing.
    """
    if network.takes == "pictures" and not settings.pictured:
        raise BadInputError(
            f"{network.name} is a classifier and is measured on pictures; name a folder of them "
            "with --images, or labeled ones with --labels."
        )
    if network.takes == "latents" and settings.labels is not None:
        raise BadInputError(
            f"{network.name} is a generator and makes its own pictures, which nobody labeled; "
            "leave out --labels."
        )
    if network.takes == "latents" and settings.images is not None:
        raise BadInputError(
            f"{network.name} is a generator and makes its own pictures; leave out --images."
        )
    if settings.pictured:
        require_normalizable(network, settings.normalize)
        _refuse(settings, OF_BRUSHES, f"{network.name} is a classifier")
        _require_cuts_of_labels(settings)
    else:
        why = f"{network.name} is shown no pictures"
        _refuse(settings, OF_PICTURES, why, "" if network.takes else ", or name some with --images")
        if network.takes and settings.channels == "last":
            raise BadInputError(
                f"{network.name} has the units of its maps first; leave out --channels last."
            )


def require_normalizable(network: "Network", normalize: bool) -> None:
    """Refuse to leave out a normalization that a network does itself.

    Raises:
        BadInputError: the network is no user's own.
    """
    if network.takes == "pictures" and not normalize:
        raise BadInputError(
            f"{network.name} normalizes its pictures itself, as it was trained; leave out "
            "--no-normalize."
        )


def _require_cuts_of_labels(settings: DissectionSettings) -> None:
    """Labeled pictures are squeezed to what the network takes, and scenes painted at that size."""
    if settings.labels is None:
        return
    _refuse(settings, ("resize",), "labeled pictures are not cut, so that all labels count")
    if settings.labels.strip().startswith("storybook:"):
        _refuse(settings, ("interpolation",), "scenes are painted at the size that is measured")


def _refuse(
    settings: DissectionSettings, names: Sequence[str], why: str, instead: str = ""
) -> None:
    """Raise a BadInputError for the first of some fields that says something.

    Args:
        settings: of the dissection.
        names: of the fields; one that is 0 leaves something out, which is nothing to be told.
        why: it has no meaning here.
        instead: what else could be done than to leave it out.
    """
    defaults = {field.name: field.default for field in fields(settings)}
    for name in names:
        value = getattr(settings, name)
        if value not in (defaults[name], 0) or value is False:
            option = "no-normalize" if name == "normalize" else name.replace("_", "-")
            told = "" if name == "normalize" else f" {value}"
            raise BadInputError(
                f"--{option}{told} would change nothing, for {why}; leave it out{instead}."
            )
