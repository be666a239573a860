from pathlib import Path

import pytest
from typer.testing import CliRunner

from dissection.__main__ import app
from dissection.data.sources import Latents
from dissection.errors import BadInputError, StoreError, UnknownNameError
from dissection.models.generators import checkpoints
from dissection.pipeline import dissect
from dissection.results.store import save_dissection
from support.synthetic import make_dissection
from support.tiny import tiny_generator


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["export", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_tables_and_page_are_written(tmp_path: Path) -> None:
    save_dissection(make_dissection(), tmp_path / "d")
    out = run(tmp_path / "d", "--csv", tmp_path / "u.csv", "--html", tmp_path / "p.html")
    for name in ("u.csv", "u-concepts.csv", "p.html"):
        assert (tmp_path / name).stat().st_size > 100
        assert str(tmp_path / name) in out
    page = (tmp_path / "p.html").read_text()
    run(tmp_path / "d", "--html", tmp_path / "q.html", "--layers", "layer4", "--iou", "0.2")
    assert "#layer=layer3" in page
    assert "#layer=layer3" not in (tmp_path / "q.html").read_text()


def test_pictures_that_are_not_stored_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from support.color_segmenter import ColorSegmenter

    generator = tiny_generator((4, 3))
    source = Latents.of_seed(6, generator.depth)
    measured = dissect(generator, ["layer2", "layer3"], source, ColorSegmenter(), grid=8)
    save_dissection(measured, tmp_path / "d")
    monkeypatch.setattr(checkpoints, "load_generator", lambda _: generator)
    run(tmp_path / "d", "--html", tmp_path / "p.html", "--layers", "layer3", "--model", "tiny")
    page = (tmp_path / "p.html").read_text()
    assert page.count("data:image/webp;base64,") == 1
    run(tmp_path / "d", "--html", tmp_path / "p.html")
    assert "data:image/webp" not in (tmp_path / "p.html").read_text()


def test_what_cannot_be_exported_is_told(tmp_path: Path) -> None:
    save_dissection(make_dissection(), tmp_path / "d")
    with pytest.raises(BadInputError, match="nothing to write"):
        run(tmp_path / "d")
    with pytest.raises(UnknownNameError, match="layer3, layer4"):
        run(tmp_path / "d", "--csv", tmp_path / "u.csv", "--layers", "layer9")
    with pytest.raises(StoreError, match="holds no dissection"):
        run(tmp_path, "--csv", tmp_path / "u.csv")
    assert not (tmp_path / "u.csv").exists()
