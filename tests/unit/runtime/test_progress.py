"""The lines by which a process tells another where its job stands and how it ended."""

import json

import pytest

from dissection.runtime.progress import (
    Failed,
    Finished,
    Meter,
    Progress,
    Stopped,
    read_line,
    write_line,
)


@pytest.mark.parametrize(
    "message",
    [
        Progress("sampling", 3, 10, 1.5, 4.7, "loss 0.2"),
        Progress("sampling", 0, 10, 0.0, None),
        Finished({"dissection": "out"}),
        Failed("There is no layer9.", "error"),
        Failed("Stopped on request.", "stopped"),
    ],
)
def test_a_line_is_read_as_it_was_written(message: Progress | Finished | Failed) -> None:
    line = write_line(message)
    assert "\n" not in line
    assert json.loads(line)["version"] == 1
    assert read_line(line) == message


@pytest.mark.parametrize(
    "line",
    ["", "Downloading...", "3", "[]", "{", '{"stage": "x"}', '{"version": 1, "stage": "x"}',
     '{"version": 1, "stage": "x", "done": "many", "total": 1}', '{"version": 1, "result": 3}'],
)  # fmt: skip
def test_other_lines_are_no_messages(line: str) -> None:
    assert read_line(line) is None


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    line = '{"version": 9, "stage": "sampling", "done": 1, "total": 2, "mood": "good"}'
    assert read_line(line) == Progress("sampling", 1, 2, 0.0, None)
    assert read_line('{"version": 9, "error": "No.", "kind": "tired"}') == Failed("No.", "error")


def test_a_meter_reaches_places_and_stops() -> None:
    told: list[Progress] = []

    def report(progress: Progress) -> bool:
        told.append(progress)
        return progress.done < 6

    meter = Meter(report, "training", 10, done=2)
    meter.step(2, "loss 1")
    with pytest.raises(Stopped, match="6 of 12"):
        meter.reach(6, 12)
    assert [(p.done, p.total, p.note) for p in told] == [
        (2, 10, ""),
        (4, 10, "loss 1"),
        (6, 12, ""),
    ]
