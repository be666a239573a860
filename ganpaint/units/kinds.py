"""What kind of network a dissection is of, and what told concepts, as far as it tells."""

from collections.abc import Mapping
from typing import Literal

from dissection.results.dissection import Dissection

#: One that makes pictures, one that looks at them; "" where a result file does not tell.
NetworkKind = Literal["generator", "classifier", ""]


def network_kind(dissection: Dissection) -> NetworkKind:
    """Of which kind the network is that was dissected."""
    told = dissection.provenance
    if "format" in told:  # another program's, whose settings are other ones
        return ""
    sample, settings = told.get("sample"), told.get("settings")
    if isinstance(settings, Mapping) and (settings.get("images") or settings.get("labels")):
        return "classifier"
    kind = sample.get("kind") if isinstance(sample, Mapping) else None
    if not isinstance(kind, str):
        return ""
    return "generator" if kind.endswith("latents") else "classifier"


def is_labeled(dissection: Dissection) -> bool:
    """Whether labels told where concepts are, and no segmenter."""
    settings = dissection.provenance.get("settings")
    return isinstance(settings, Mapping) and bool(settings.get("labels"))
