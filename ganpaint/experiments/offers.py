"""What can be chosen for the settings of an experiment, and what it begins with."""

from collections.abc import Sequence
from typing import Any

from dissection.experiments.experiment import Experiment
from dissection.experiments.settings import SettingField
from dissection.models.bundled import bundled_classifiers, bundled_segmenters
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

    def names(self, field: SettingField) -> Sequence[str]:
        """What a field can be; empty where anything can be typed."""
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
            case "layer":
                layers = context.dissection.layers if context.dissection is not None else ()
                return [*empty, *layers]
            case "concept":
                return [*empty, *self._concepts()]
        return ()

    def given(self, experiment: Experiment) -> dict[str, Any]:
        """What the form begins with: the generator in use, where it is about one."""
        if experiment.of != "generator" or not self._context.model.name:
            return {}
        fields = experiment.settings.described()
        return {
            field.name: self._context.model.name for field in fields if field.kind == "generator"
        }

    def _concepts(self) -> list[str]:
        dissection = self._context.dissection
        if dissection is None:
            return []
        layer = dissection[dissection.layers[0]]
        return sorted({concept.name for concept in layer.vocabulary})
