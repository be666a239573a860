"""What can be chosen for the settings of an experiment, and what it begins with."""

from collections.abc import Sequence
from typing import Any

from dissection.experiments.dissections import find_dissection
from dissection.experiments.experiment import Experiment
from dissection.experiments.settings import SettingField
from dissection.models.bundled import bundled_classifiers, bundled_segmenters
from dissection.results.dissection import Dissection
from dissection.runtime.resources import bundled_dissections
from ganpaint.models.known_models import known_models
from ganpaint.tabs.context import WindowContext


class Offers:
    """Names of networks, dissections, layers and concepts that are at hand.

    Args:
        context: knows what is in use.
    """

    def __init__(self, context: WindowContext) -> None:
        self._context = context

    @property
    def taken(self) -> set[str]:
        """Folders that jobs, running or waiting, will write to."""
        jobs = getattr(self._context.jobs, "processes", ())
        words = [job.record.arguments for job in jobs]
        return {each[each.index("--out") + 1] for each in words if "--out" in each}

    def names(self, experiment: Experiment, field: SettingField) -> Sequence[str]:
        """What a field of an experiment can be; empty where anything can be typed."""
        if field.type is not str or field.choices:
            return ()
        context = self._context
        empty = [""] if field.defaults["default"] == "" else []
        match field.kind:
            case "generator":
                known = known_models(context.settings, context.data)
                return [*empty, *(each.model for each in known)]
            case "classifier":
                return [*empty, *bundled_classifiers()]
            case "dissection":
                own = [str(each.folder) for each in context.dissections if each.folder]
                return [*empty, *dict.fromkeys((*bundled_dissections(), *own))]
            case "segmenter":
                return [*empty, *bundled_segmenters()]
            case "network":
                known = known_models(context.settings, context.data)
                return [*empty, *(each.model for each in known), *bundled_classifiers()]
            case "layer":
                found = self._dissections(experiment)
                return [*empty, *dict.fromkeys(layer for each in found for layer in each.layers)]
            case "concept":
                found = self._dissections(experiment)
                return [*empty, *sorted({c.name for each in found for c in each.vocabulary})]
        return ()

    def given(self, experiment: Experiment) -> dict[str, Any]:
        """What the form begins with: the generator in use, where it is about one."""
        if experiment.of != "generator" or not self._context.model.name:
            return {}
        fields = experiment.settings.described()
        return {
            field.name: self._context.model.name for field in fields if field.kind == "generator"
        }

    def _dissections(self, experiment: Experiment) -> list[Dissection]:
        """Those at hand of networks that an experiment can be about."""
        found = []
        if experiment.of != "classifier" and self._context.dissection is not None:
            found.append(self._context.dissection)
        if experiment.of != "generator":
            ship = bundled_dissections()
            found += [find_dissection(name) for name in bundled_classifiers() if name in ship]
        return found
