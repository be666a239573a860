import pytest

from dissection.errors import BadInputError
from dissection.training.growth import GrowthPlan
from dissection.training.schedule import plan_for, replan

BATCH = (32, 32, 16)


def seconds(plan: GrowthPlan, speeds: tuple[float, ...]) -> list[float]:
    return [n / v for n, v in zip(plan.images, speeds, strict=True)]


def test_each_resolution_gets_three_times_as_long_as_the_one_before() -> None:
    speeds = (4000.0, 2000.0, 1000.0)
    plan = plan_for(1300 / 0.95, speeds, BATCH)
    assert plan.images == (400_000, 600_000, 900_000)
    assert seconds(plan, speeds) == [100, 300, 900]
    assert plan.fade == (0, 5000, 5000)
    assert plan.batch == BATCH


def test_no_resolution_is_shown_more_images_than_the_next_one() -> None:
    """What the fast ones do not need goes to the last one, and the time is the same."""
    speeds = (90_000.0, 20_000.0, 1000.0)
    plan = plan_for(1300 / 0.95, speeds, BATCH)
    assert plan.images[0] == plan.images[1] == 900_000
    assert plan.images[2] == pytest.approx(900_000 + 255_000 + 90_000, abs=16)
    assert sum(seconds(plan, speeds)) == pytest.approx(1300, rel=1e-4)


def test_images_are_whole_batches_and_at_least_one() -> None:
    plan = plan_for(10, (30.0, 10.0, 5.0), (32, 32, 16))
    assert plan.images == (32, 32, 32)
    with pytest.raises(BadInputError, match="give more --minutes"):
        plan_for(1, (30.0, 10.0, 5.0), BATCH)
    with pytest.raises(BadInputError, match="0 s are left"):
        plan_for(-3, (30.0, 10.0, 5.0), BATCH)


def test_what_is_left_is_planned_anew_and_what_was_shown_stays() -> None:
    plan = GrowthPlan((320, 640, 1600), (0, 100, 400), BATCH)
    later = replan(plan, 500, 400 / 0.95, (50.0, 20.0, 10.0))
    assert later.images == (320, 180 + 2000, 3008)  # 100 s at 20/s, 300 s at 10/s
    assert later.fade == (0, 100, 752)
    last = replan(plan, 2000, 100 / 0.95, (50.0, 20.0, 10.0))
    assert last.images == (320, 640, 1040 + 1000)
    assert replan(plan, 2560, 95 / 0.95, (50.0, 20.0, 10.0)).total > 2560  # a run that was done


def test_without_time_left_the_plan_ends_here() -> None:
    plan = GrowthPlan((320, 640, 1600), (0, 100, 400), BATCH)
    ended = replan(plan, 500, -20, (50.0, 20.0, 10.0))
    assert ended.images == (320, 180, 0)
    assert ended.total == 500
    assert ended.at(499).stage == 1


def test_time_is_divided_by_shares_of_ones_own() -> None:
    """Nothing moves to the last resolution, and what is left is divided alike."""
    speeds = (90_000.0, 20_000.0, 1000.0)
    plan = plan_for(100 / 0.95, speeds, BATCH, (0.0, 3.0, 1.0))
    assert plan.images == (32, 1_500_000, 24_992)
    later = replan(plan, 1_000_032, 40 / 0.95, speeds, (0.0, 3.0, 1.0))
    assert later.images == (32, 1_600_000, 10_000)
