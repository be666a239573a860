"""Every choice of an experiment, as plain, described, checked values. Free of torch.

An experiment has a class of settings, from which its command's options, the window's form and the
keyword arguments of its Python function are all made:

    class EraseSettings(ExperimentSettings):
        model: str = setting("storybook-church", "A generator.", kind="generator")
        latents: int = setting(1000, "Latents.", least=1, quick=50, paper=10_000)

Fields are ``int``, ``float``, ``bool``, ``str``, a ``Literal`` of texts, or ``tuple[str, ...]``
(written with commas). What an empty text or a 0 means is said in the description.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Self, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo

from dissection.errors import BadInputError

Size = Literal["quick", "default", "paper"]
SIZES: tuple[Size, ...] = get_args(Size)
#: Whole numbers of settings have no more than 32 bits: rows, seeds and pictures are fewer.
LARGEST_WHOLE = 2**31 - 1
#: What a text names, so that a form can offer what there is.
Kind = Literal["", "generator", "classifier", "network", "dissection", "segmenter", "layer",
               "concept", "folder", "class"]  # fmt: skip
#: Options that every experiment's command has, and that no field may be called.
RESERVED = frozenset(
    {"size", "out", "device", "batch", "threads", "workers", "backend", "resume", "progress",
     "json", "work", "report", "merge", "help", "list", "command"}
)  # fmt: skip


@dataclass(frozen=True)
class SettingField:
    """One field, for options and forms.

    Attributes:
        name: of the field.
        option: of the command, such as ``--top-units``.
        type: ``int``, ``float``, ``bool``, ``str`` or ``tuple`` (of texts).
        choices: the texts that are allowed; () allows all.
        description: one sentence or two.
        defaults: by size.
        least: the lowest number that is allowed; None has no such bound.
        most: the highest.
        kind: what a text names.
    """

    name: str
    option: str
    type: type
    choices: tuple[str, ...]
    description: str
    defaults: Mapping[Size, Any]
    least: float | None
    most: float | None
    kind: Kind


def setting(
    default: Any,
    description: str,
    *,
    quick: Any = None,
    paper: Any = None,
    least: float | None = None,
    most: float | None = None,
    kind: Kind = "",
) -> Any:
    """A field of settings.

    Args:
        default: of the size ``default``.
        description: what it is, for the help and the form.
        quick: of the size ``quick``; None is the default.
        paper: of the size ``paper``, what was published; None is the default.
        least: the lowest number that is allowed.
        most: the highest.
        kind: what a text names.
    """
    more: dict[str, Any] = {"quick": quick, "paper": paper, "kind": kind}
    return Field(
        default=default, description=description, ge=least, le=most, json_schema_extra=more
    )


class ExperimentSettings(BaseModel):
    """Base of all settings; frozen, and compared by value.

    Raises:
        BadInputError: by ``of``, a value that cannot be, or a field that does not exist.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=()
    )

    @classmethod
    def of(cls, size: Size = "default", **given: Any) -> Self:
        """Settings of a size, some of them as given.

        Raises:
            BadInputError: there is no such size or field, or a value is out of bounds.

        Example:
            >>> class Settings(ExperimentSettings):
            ...     latents: int = setting(1000, "Latents.", least=1, quick=50)
            >>> Settings.of("quick").latents, Settings.of(latents=7).latents
            (50, 7)
        """
        if size not in SIZES:
            raise BadInputError(f"The size is {', '.join(SIZES)}, not '{size}'.")
        known = {found.name: found.defaults[size] for found in cls.described()}
        for name in given:
            if name not in known:
                raise BadInputError(
                    f"There is no setting '{name}'; there are {', '.join(known) or 'none'}."
                )
        for name, value in given.items():
            if isinstance(value, int) and abs(value) > LARGEST_WHOLE:
                option = f"--{name.replace('_', '-')}"
                raise BadInputError(
                    f"{option} {value} is beyond all that can be counted; take at most "
                    f"{LARGEST_WHOLE:,}."
                )
        try:
            return cls(**{**known, **{name: _plain(value) for name, value in given.items()}})
        except ValidationError as error:
            raise BadInputError(_sentence(error)) from None

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """What ``to_json`` gave; fields that are not there have their default.

        Raises:
            BadInputError: as ``of``.
        """
        return cls.of("default", **dict(told))

    def to_json(self) -> dict[str, Any]:
        """All fields as plain JSON values."""
        return self.model_dump(mode="json")

    @classmethod
    def described(cls) -> tuple[SettingField, ...]:
        """The fields, in order."""
        return tuple(_field(name, info) for name, info in cls.model_fields.items())

    def arguments(self, size: Size = "default") -> list[str]:
        """The command's options that say this: those that are not as the size has them."""
        words: list[str] = [] if size == "default" else ["--size", size]
        for found in self.described():
            value = getattr(self, found.name)
            if value == found.defaults[size]:
                continue
            if found.type is bool:
                words.append(found.option if value else f"--no-{found.option[2:]}")
            elif found.type is tuple:
                words += [found.option, ",".join(value)]
            else:
                words += [found.option, str(value)]
        return words


def _plain(value: Any) -> Any:
    """Lists and texts with commas are taken by pydantic as they are; paths become texts."""
    return str(value) if hasattr(value, "__fspath__") else value


def _field(name: str, info: FieldInfo) -> SettingField:
    more: dict[str, Any] = (
        info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    )
    kind: Any = info.annotation
    choices: tuple[str, ...] = ()
    if get_origin(kind) is Literal:
        choices, kind = tuple(str(choice) for choice in get_args(kind)), str
    elif get_origin(kind) is tuple:
        kind = tuple
    if kind not in (int, float, bool, str, tuple) or not info.description:
        raise TypeError(f"{name} is no setting that options and forms can be made of")
    bounds = {
        key: getattr(m, key) for m in info.metadata for key in ("ge", "le") if hasattr(m, key)
    }
    defaults: dict[Size, Any] = {}
    for size in SIZES:
        own = more.get(size)
        defaults[size] = info.default if own is None else own
    return SettingField(
        name,
        f"--{name.replace('_', '-')}",
        kind,
        choices,
        info.description,
        defaults,
        bounds.get("ge"),
        bounds.get("le"),
        more.get("kind", ""),
    )


def _sentence(error: ValidationError) -> str:
    """The first thing that is wrong."""
    found = error.errors()[0]
    option = "--" + ".".join(str(part) for part in found["loc"]).replace("_", "-")
    value, context = found.get("input"), found.get("ctx", {})
    if found["type"] == "greater_than_equal":
        return f"{option} {value} is too little; take at least {context['ge']:g}."
    if found["type"] == "less_than_equal":
        return f"{option} {value} is too much; take at most {context['le']:g}."
    if found["type"] == "literal_error":
        return f"{option} is {str(context['expected']).replace(chr(39), '')}, not {value}."
    return f"{option} cannot be {value!r}: {found['msg'].rstrip('.').lower()}."
