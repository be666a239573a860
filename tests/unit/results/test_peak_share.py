"""Where a peak lies among those of the sample's pictures."""

from dataclasses import replace

import numpy as np
import pytest

from dissection.results.layer_dissection import LayerDissection
from dissection.results.peak_share import PeakShare, peak_share
from dissection.statistics.detector import Detectors
from dissection.statistics.relations import DOTS, Relations
from support.synthetic import make_dissection

UNIT = 9


def related(peaks_with: np.ndarray, peaks_without: np.ndarray, counts: tuple[int, int]) -> object:
    """The synthetic layer, its unit with peaks of pictures with its label and without."""
    layer = make_dissection()["layer3"]
    units = layer.shape[0]
    nothing = {
        name: np.zeros((units, width), kind)
        for name, width, kind in (
            *((key, 5, np.int64) for key in ("ranked", "missed", "mistaken")),
            *((key, 2, np.int64) for key in ("near_layers", "near_units")),
            ("areas", 5, np.float32),
            ("lower", 12, np.int64),
            ("near_values", 2, np.float32),
            ("places", 2, np.float32),
        )
    }
    dots = [np.tile(peaks, (units, 1)).astype(np.float32) for peaks in (peaks_with, peaks_without)]
    shown = np.tile(np.array(counts)[:, None], (1, units))
    zeros = np.zeros((2, units), np.float32)
    return replace(
        layer,
        relations=Relations(**nothing, peaks_with=dots[0], peaks_without=dots[1]),
        detectors=Detectors(zeros, zeros, shown),
    )


@pytest.mark.parametrize(("peak", "higher"), [(6.0, 0), (5.0, 0), (4.5, 1), (1.0, 4), (0.5, None)])
def test_among_exemplars_the_place_is_exact(peak: float, higher: int | None) -> None:
    layer = make_dissection()["layer3"]
    assert layer.peaks[UNIT].tolist() == [5, 4, 3, 2, 1]
    found = peak_share(replace(layer, relations=None), UNIT, peak)
    assert found == PeakShare(higher, None)


def test_below_them_it_is_estimated_of_both_kinds_of_pictures() -> None:
    # 100 pictures with the label peak at 0 to 10, 300 without it at 0 to 1, both evenly.
    layer = related(np.linspace(0, 10, DOTS), np.linspace(0, 1, DOTS), (100, 300))
    assert isinstance(layer, LayerDissection)
    rng = np.random.default_rng(0)
    peaks = np.concatenate([rng.uniform(0, 10, 100_000), rng.uniform(0, 1, 300_000)])
    for peak in (-1.0, 0.25, 0.7, 3.3, 9.0, 11.0):
        found = peak_share(layer, UNIT, peak).share
        assert found == pytest.approx((peaks >= peak).mean(), abs=0.005)


def test_a_unit_that_is_mostly_silent() -> None:
    silent = np.concatenate([np.zeros(DOTS // 2), np.ones(DOTS // 2)])
    layer = related(silent, silent, (10, 10))
    assert isinstance(layer, LayerDissection)
    assert peak_share(layer, UNIT, 0.0).share == 1.0
    assert peak_share(layer, UNIT, 0.5).share == pytest.approx(0.5, abs=0.02)


def test_a_unit_without_a_label_has_none() -> None:
    layer = related(np.zeros(DOTS), np.zeros(DOTS), (0, 20))
    assert isinstance(layer, LayerDissection)
    assert peak_share(layer, UNIT, 2.5) == PeakShare(3, None)
