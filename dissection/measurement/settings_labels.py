"""What labeled pictures are called, ``KIND:WHERE``, and what cannot be said beside them."""

from dissection.errors import BadInputError, UnknownNameError
from dissection.runtime.choices import Fit
from dissection.runtime.model_names import fetched_dataset

KINDS = ("broden", "maps", "storybook")


def require_kind(labels: str, split: str | None, ignore: int | None) -> tuple[str, str]:
    """Kind and place of labels; the name of a fetched data set alone says both.

    Raises:
        UnknownNameError: there is no such kind.
        BadInputError: nothing is named, or options of another kind are.
    """
    kind, _, where = (part.strip() for part in labels.partition(":"))
    named = fetched_dataset(kind) if kind not in KINDS and not where else None
    if named is not None:
        kind, where = "broden" if (named / "index.csv").is_file() else "maps", kind
    if kind not in KINDS:
        raise UnknownNameError(
            f"There are no labels '{labels}'; name broden:FOLDER, maps:FOLDER or "
            "storybook:DOMAIN, or a data set that dissection fetch has fetched."
        )
    if not where:
        what = "a domain, as in storybook:churches" if kind == "storybook" else "a folder behind it"
        raise BadInputError(f"--labels {kind} needs {what}.")
    if split is not None and kind != "broden":
        raise BadInputError(f"{labels} has no splits; leave out --split {split}.")
    if ignore is not None and kind != "maps":
        raise BadInputError(
            f"{labels} says itself which pixels nobody labeled; leave out --ignore {ignore}."
        )
    return kind, where


def require_maps_for_first_value(labels: str | None, first_value: int | None) -> None:
    """Raise a BadInputError where a first value is named of other labels than maps."""
    if first_value is None:
        return
    if require_kind(labels, None, None)[0] != "maps" if labels else True:
        raise BadInputError(
            f"--first-value goes with --labels maps:FOLDER; leave out --first-value {first_value}."
        )
    if first_value not in (0, 1):
        raise BadInputError(f"The first value with a name is 0 or 1, not {first_value}.")


def require_labels_alone(
    labels: str | None,
    images: str | None,
    segmenter: str | None,
    fit: Fit,
    split: str | None,
    ignore: int | None,
) -> None:
    """Labels bring their pictures and stand in the segmenter's place.

    Raises:
        BadInputError: other options say one of that too, or there are options of labels without
            any.
        UnknownNameError: there is no such kind of labels.
    """
    if labels is None:
        for option, value in (("--split", split), ("--ignore", ignore)):
            if value is not None:
                raise BadInputError(f"{option} goes with --labels; leave it out, or name labels.")
        return
    require_kind(labels, split, ignore)
    if images is not None:
        raise BadInputError(f"--labels {labels} brings its own pictures; leave out --images.")
    if segmenter is not None:
        raise BadInputError(
            f"--labels {labels} says itself where concepts are; leave out --segmenter."
        )
    if fit != "squeeze":
        raise BadInputError(
            f"Labeled pictures are squeezed, so that all of their labels count; leave out --fit "
            f"{fit}."
        )
