"""Pictures of concepts in one WebP, of as many concepts as the published segmenters know."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dissection.results.dissection import PICTURE_SIZE, Dissection
from dissection.results.stored.crops import encode_crops, read_crops
from dissection.results.stored.fault import reference
from dissection.vocabulary import Concept, Vocabulary


@pytest.mark.parametrize("count", [3, 9, 1500])
def test_pictures_of_any_number_of_concepts_are_stored(
    tmp_path: Path, synthetic_dissection: Dissection, count: int
) -> None:
    vocabulary = Vocabulary([Concept(f"thing {n}", "object") for n in range(count)])
    plain = np.zeros((PICTURE_SIZE, PICTURE_SIZE, 3), np.uint8)
    pictures = {c: plain + np.uint8(40 + n % 160) for n, c in enumerate(vocabulary) if n}
    data, order = encode_crops(
        replace(synthetic_dissection, vocabulary=vocabulary, pictures=pictures)
    )
    assert order == list(range(1, count + 1))
    entry = reference("pictures", "webp", data)
    (tmp_path / entry["file"]).write_bytes(data)
    found = read_crops(tmp_path, {**entry, "concepts": order}, vocabulary)
    assert list(found) == list(pictures)
    for concept, picture in pictures.items():
        assert np.abs(found[concept].astype(int) - picture).max() <= 3
