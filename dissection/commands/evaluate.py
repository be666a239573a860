"""``dissection evaluate segmenter|generator|classifier``: how good the networks that ship are."""

import typer

from dissection.commands import evaluate_classifier, evaluate_generator, evaluate_segmenter

app = typer.Typer(help="Measure how good a network is on held-out scenes.")
app.command("segmenter")(evaluate_segmenter.command)
app.command("generator")(evaluate_generator.command)
app.command("classifier")(evaluate_classifier.command)
