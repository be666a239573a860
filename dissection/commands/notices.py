"""What a person has to be told of a dissection beside its figures. Free of torch."""

from collections.abc import Iterator, Mapping
from typing import Any

from dissection.data.image_decoding import changes_in_words
from dissection.data.label_folder import zero_in_words

#: Pictures that were left out are named up to so many; all are in the provenance.
_LISTED = 5
#: What entries may raise that are of another kind than we write: a dissection is read from a file.
_MALFORMED = (LookupError, TypeError, ValueError, AttributeError)


def notices(provenance: Mapping[str, Any]) -> Iterator[str]:
    """What did not go as asked, or is to be known of the sample and the layers, a line each.

    Args:
        provenance: of a dissection; entries that are not as they are written tell nothing.
    """
    try:
        yield from list(_notices(provenance))
    except _MALFORMED:
        return


def _notices(provenance: Mapping[str, Any]) -> Iterator[str]:
    """What did not go as asked: layers read in a way of their own, pictures left out, batches."""
    sample = provenance.get("sample", {})
    yield from describe_layers(provenance.get("layers", {}))
    prepared = provenance.get("preprocessing", {})
    if "torchvision's" in prepared.get("source", ""):
        yield (
            f"Pictures are made as {prepared['source']}: {prepared['size']} px of "
            f"{prepared['resize']} px, {prepared['interpolation']}"
        )
    yield from changes_in_words(sample)
    yield from zero_in_words(sample)
    yield from provenance.get("notices", [])
    skipped = sample.get("skipped")
    if isinstance(skipped, dict) and skipped["count"]:
        few = "; ".join(skipped["files"][:_LISTED])
        more = ", and so on" if skipped["count"] > _LISTED else ""
        yield f"{skipped['count']} pictures could not be used and were left out ({few}{more})"
    for halved in provenance.get("batch", {}).get("halved", []):
        how = f"on the {halved['device']}" if "device" in halved else ""
        how = how or f"with batches of {halved['batch']}"
        yield f"Out of memory while {halved['stage']}: went on {how}"


def describe_layers(layers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What a person has to be told of layers that are read in an unusual way, one line each.

    Args:
        layers: the entry ``layers`` of a dissection's provenance.
    """
    lines = []
    for name, told in layers.items():
        same = f" It is the same module as {', '.join(told['same_as'])}." if told["same_as"] else ""
        if told["uses"] > 1:
            lines.append(
                f"{name} runs {told['uses']} times in a pass; its last use is measured.{same}"
            )
        elif same:
            lines.append(f"{name}:{same}")
        if told["channels"] == "last":
            lines.append(f"{name} gives maps (N, h, w, C), its units last, and is read so.")
        if told["channels"].endswith("(assumed)"):
            lines.append(
                f"{name}: nothing in the network says where the units of its maps lie; taken for "
                "(N, C, h, w). If they are (N, h, w, C), say --channels last."
            )
    return lines
