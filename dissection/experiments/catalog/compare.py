"""Several networks' units on one sample: how many detect what, by category."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dissection.errors import BadInputError
from dissection.experiments.category_figures import category_bars, layers_of
from dissection.experiments.dissections import chosen_layers, find_dissection
from dissection.experiments.experiment import Experiment
from dissection.experiments.result import Measured, Result, columns, rows_of
from dissection.experiments.settings import ExperimentSettings, setting
from dissection.report.figures import Bars, Figure, Series
from dissection.results.interpretable import ALL, INTERPRETABLE, count_categories
from dissection.results.layer_dissection import LayerDissection

if TYPE_CHECKING:
    from dissection.experiments.execution import Execution
    from dissection.models.classifiers.load import Network

#: Between a network and its layer, and before a network whose weights are drawn anew.
_AT, UNTRAINED = "@", "untrained "
_COLUMNS = (
    "place", "network", "layer", "units", "category", "matching", "concepts", "share", "confirmed",
)  # fmt: skip
_CONCEPT_COLUMNS = ("concept", "category", "network", "layer", "units")
#: Concepts that the bars show.
_SHOWN = 12


class Settings(ExperimentSettings):
    """Choices of the experiment compare."""

    networks: tuple[str, ...] = setting(
        ("storybook-scenes@features.relu4_3", "storybook-scenes@features.relu5_3"),
        "NETWORK@LAYER, dissected on the sample; or dissections, bundled or folders, all their "
        "layers.",
    )
    untrained: bool = setting(
        True, "Compare each NETWORK@LAYER with itself before training: random weights."
    )
    labels: str = setting(
        "", "Labeled pictures: storybook:DOMAIN, broden:FOLDER, maps:FOLDER; empty: Storybook's "
        "scenes.",
    )  # fmt: skip
    images: int = setting(510, "Pictures.", least=2, quick=51, paper=63_305)
    seed: int = setting(10_000_000, "Seed of the sample; of scenes the first one.", least=0)
    min_iou: float = setting(
        INTERPRETABLE, "A unit matches its concept above this IoU.", least=0, most=0.999
    )


def run(settings: Settings, execution: "Execution") -> Measured:
    """Dissect, or read, and count."""
    if not settings.networks:
        raise BadInputError("Name at least one network with --networks.")
    for name in settings.networks:  # all of them, before the first is measured
        if _AT in name:
            model, _, layer = name.rpartition(_AT)
            _open(execution, model, layer)
        else:
            find_dissection(name)
    layers: list[tuple[str, str, LayerDissection]] = []
    samples: dict[str, str] = {}
    for name in settings.networks:
        if _AT in name:
            model, _, layer = name.rpartition(_AT)
            for fresh in (False, True) if settings.untrained else (False,):
                title = f"{UNTRAINED}{model}" if fresh else model
                measured, sample = _dissected(settings, execution, model, layer, fresh)
                layers.append((title, layer, measured))
                samples[f"{title} {layer}"] = sample
        else:
            dissection = find_dissection(name)
            made_of = dict(dissection.provenance.get("sample") or {})
            for layer in chosen_layers(dissection, ()):
                layers.append((name, layer, dissection[layer]))
                samples[f"{name} {layer}"] = str(made_of.get("sha256", made_of))
    rows, concepts, told = [], [], []
    for place, (title, layer, measured) in enumerate(layers):
        counts = count_categories(measured, settings.min_iou)
        rows += [
            {
                "place": place,
                "network": title,
                "layer": layer,
                "units": measured.shape[0],
                "category": count.category,
                "matching": count.units,
                "concepts": count.concepts,
                "share": count.units / measured.shape[0],
                "confirmed": count.confirmed,
            }
            for count in counts
        ]
        concepts += _concept_rows(title, layer, measured, settings.min_iou)
        every = next(count for count in counts if count.category == ALL)
        told.append(
            f"{title} {layer}: {every.units} of {measured.shape[0]} units match {every.concepts} "
            "distinct concepts"
        )
    if len(set(samples.values())) > 1:
        told.append("they were not dissected on one sample, so that counts compare with care only")
    summary = {
        f"{row['network']} {row['layer']}": {"units": row["matching"], "concepts": row["concepts"]}
        for row in rows
        if row["category"] == ALL
    }
    return Measured(
        {"networks": columns(rows, _COLUMNS), "concepts": columns(concepts, _CONCEPT_COLUMNS)},
        summary,
        told,
        provenance={"samples": samples},
    )


def _concept_rows(
    title: str, layer: str, measured: LayerDissection, min_iou: float
) -> list[dict[str, Any]]:
    counts: dict[int, int] = {}
    for label, iou in zip(measured.labels.tolist(), measured.label_iou.tolist(), strict=True):
        if iou > min_iou:
            counts[label] = counts.get(label, 0) + 1
    return [
        {
            "concept": measured.vocabulary[label].name,
            "category": measured.vocabulary[label].category,
            "network": title,
            "layer": layer,
            "units": count,
        }
        for label, count in sorted(counts.items())
    ]


def _open(execution: "Execution", model: str, layer: str) -> tuple["Network", str]:
    """A classifier that has this layer, and its SHA-256."""
    from dissection.experiments.sampled import open_network

    network, digest = open_network(execution, model, [layer])
    if network.takes == "latents":
        raise BadInputError(
            f"{network.name} is a generator and makes its own pictures; networks are compared on "
            "one sample of labeled pictures, so name classifiers, or dissections."
        )
    return network, digest


def _dissected(
    settings: Settings, execution: "Execution", model: str, layer: str, fresh: bool
) -> tuple[LayerDissection, str]:
    """A layer of a network on the sample, and the sample's SHA-256."""
    from dissection.experiments.sampled import choose_sample
    from dissection.models.classifiers.untrained import draw_weights
    from dissection.pipeline import dissect

    network, digest = _open(execution, model, layer)
    key = f"{'untrained-' if fresh else ''}{network.name}-{layer}"
    execution.identify(key, digest)
    if fresh:
        draw_weights(network.module, settings.seed)
    source: Any = choose_sample(
        network, settings.labels or "storybook:scenes", settings.images, settings.seed, execution
    )
    name = "".join(c if c.isalnum() else "-" for c in key)
    # Its own work ends with its own result: what is finished is dissected again from counts.
    found = dissect(
        network.module,
        [layer],
        source,
        exemplars=1,
        batch=execution.batch,
        report=execution.report,
        work=execution.inner_work(name),
        resume=execution.resume,
        keep_work=execution.folder is not None,
        merge=execution.merge,
    )
    return found[layer], str(source.provenance["sha256"])


def figures(result: Result) -> Mapping[str, Figure]:
    """Distinct concepts and units by category, and units of each concept."""
    rows = rows_of(result.table("networks"))
    keys = layers_of(rows)
    names = [f"{network} {layer.rpartition('.')[2]}" for _, network, layer in keys]
    found: dict[str, Figure] = {
        **category_bars(rows, names, result.settings["min_iou"], across=True)
    }
    concepts = rows_of(result.table("concepts"))
    total: dict[tuple[str, str], int] = {}
    for row in concepts:
        of = row["concept"], row["category"]
        total[of] = total.get(of, 0) + row["units"]
    shown = sorted(total, key=lambda of: -total[of])[:_SHOWN]
    if shown:
        series = []
        for (_, network, layer), name in zip(keys, names, strict=True):
            counts_of = {
                (r["concept"], r["category"]): r["units"]
                for r in concepts
                if r["network"] == network and r["layer"] == layer
            }
            series.append(Series(name, (), [counts_of.get(of, 0) for of in shown]))
        found["by-concept"] = Bars(
            "Units that match each concept", "units", [name for name, _ in shown], series
        )
    return found


EXPERIMENT = Experiment(
    name="compare",
    title="Networks side by side",
    figure="Bau et al. 2017, detectors by network",
    idea=(
        "Networks are interpretable to different degrees: on one sample, how many of their units "
        "detect which concepts, and how many before they had learned anything."
    ),
    settings=Settings,
    run=run,
    figures=figures,
    takes="Half a minute of one core for two layers and their untrained likes.",
)
