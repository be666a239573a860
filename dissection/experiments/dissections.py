"""Dissections that experiments read, by name. Free of torch."""

from dissection.errors import BadInputError, StoreError
from dissection.results.dissection import Dissection
from dissection.results.store import load_dissection
from dissection.runtime.files import user_path
from dissection.runtime.resources import bundled_dissections, resource


def find_dissection(name: str) -> Dissection:
    """A dissection that ships, by its name, or one in a folder.

    Raises:
        BadInputError: there is neither; the sentence tells which ship.
        StoreError: it is damaged.
    """
    folder = user_path(name)
    if folder.exists():
        return load_dissection(folder)
    if name in bundled_dissections():
        return load_dissection(resource(f"dissections/{name}"))
    raise BadInputError(
        f"There is no dissection '{name}': it is no folder, and those that ship are "
        f"{', '.join(bundled_dissections())}; make one with dissection dissect."
    )


def chosen_layers(dissection: Dissection, names: tuple[str, ...]) -> list[str]:
    """Layers that were asked for, in the order of the network; all where none was.

    Raises:
        UnknownNameError: the dissection lacks one; the sentence lists the layers.
    """
    for name in names:
        dissection[name]
    return [name for name in dissection.layers if not names or name in names]


def digest_of(dissection: Dissection) -> str:
    """The SHA-256 of the network that a dissection is of.

    Raises:
        StoreError: a published result, which does not tell.
    """
    digest = str(dissection.provenance.get("network", ""))
    if not digest:
        raise StoreError(
            f"The result file of {dissection.model} does not tell which network it is of; dissect "
            "the network with dissection dissect."
        )
    return digest
