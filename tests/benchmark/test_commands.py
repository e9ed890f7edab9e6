"""Which command lines are enough to make what several made."""

from benchmark.commands import covering

RUN = "python benchmark/run_all.py --profile full --output out"


def test_what_another_makes_as_well_is_left_out() -> None:
    whole = f"{RUN} --methods all --seeds 0 1 2 --trunks vit"
    parts = [
        f"{RUN} --seeds 1",
        "python benchmark/run_all.py --output out --methods d2st dst --seeds 2 0 --profile full",
        f"{RUN} --methods lora --workers 1",
    ]
    assert covering([*parts, whole, whole]) == [whole]


def test_of_two_that_ask_for_the_same_one_is_left() -> None:
    assert covering([f"{RUN} --seeds 0 1", f"{RUN} --seeds 1 0"]) == [f"{RUN} --seeds 0 1"]


def test_what_the_others_do_not_make_stays() -> None:
    whole = f"{RUN} --methods all --seeds 0 1"
    others = [
        f"{whole} --trunks resnet",
        f"{RUN} --seeds 2",
        f"{whole} --train-head otam",
        f"{RUN} --methods of_another_version",
        f"{RUN} --data-root /is/not/here",
    ]
    assert covering([whole, *others]) == sorted([whole, *others])
