"""What is wrong with a file of weights."""


class WeightsFault(Exception):  # noqa: N818 - half a sentence, which the caller completes
    """The first thing wrong with a file of weights, such as "it lacks the tensor X"."""
