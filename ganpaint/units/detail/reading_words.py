"""What the figures of a unit on one picture say, in lines."""

from typing import TYPE_CHECKING

from ganpaint.toolkit.plain import in_sentence

if TYPE_CHECKING:
    from dissection.measurement.unit_reading import UnitReading
    from dissection.results.peak_share import PeakShare


def reading_lines(reading: "UnitReading", pictures: str = "pictures") -> list[str]:
    """Peak and mean, whether the unit is above its level, and how rare its peak is.

    Args:
        reading: of a unit on one picture.
        pictures: what the sample is of.
    """
    lines = [f"Peak {reading.peak:.3g}, mean {reading.mean:.3g}."]
    if reading.level is None or reading.above is None or reading.rarity is None:
        lines.append("Its level is not in the file that this was read from.")
    else:
        level = f"its level t_u {reading.level:.3g}"
        above = f"Above {level} on {percent(reading.above)} of the picture."
        lines.append(above if reading.above > 0 else f"Nowhere above {level}.")
        lines.append(f"{_of_positions(reading.rarity)} as active as its peak.")
    among = _among(reading.among, pictures)
    return [*lines, among] if among else lines


def iou_line(iou: float | None, label: str, over_sample: float) -> str:
    """The IoU with the unit's label here, beside that of the sample; empty where there is none."""
    if iou is None:
        return ""
    return f"IoU with {in_sentence(label)} here {iou:.2f} (sample {over_sample:.3f})."


def percent(share: float) -> str:
    """A share, 0..1, with as many digits as it needs."""
    if 0 < share < 0.0001:
        return "less than 0.01 %"
    value = share * 100
    digits = 0 if value >= 10 or value == 0 else 1 if value >= 1 else 2
    return f"{value:.{digits}f} %"


def _of_positions(rarity: float) -> str:
    if rarity <= 0:
        return "No position of the sample is"
    return f"{percent(rarity).capitalize()} of the sample's positions are"


def _among(found: "PeakShare", pictures: str) -> str:
    one = pictures.removesuffix("s")
    if found.higher == 0:
        return f"No {one} of the sample has a higher peak."
    if found.higher is not None:
        told = f"{found.higher} {pictures} have" if found.higher > 1 else f"1 {one} has"
        return f"Of the sample only {told} a higher peak."
    if found.share is None:
        return ""
    return f"About {percent(found.share)} of the sample's {pictures} peak as high."
