"""What a record says of the machine."""

from pathlib import Path
from typing import Any

import pytest
import torch

from benchmark import machine

X86 = """processor\t: 0
vendor_id\t: AuthenticAMD
cpu family\t: 25
model\t\t: 17
model name\t: AMD EPYC

processor\t: 1
vendor_id\t: AuthenticAMD
cpu family\t: 25
model\t\t: 17
model name\t: AMD EPYC
"""
ARM = """processor\t: 0
CPU implementer\t: 0x41
CPU part\t: 0xd40
"""


@pytest.mark.parametrize(
    ("text", "name", "model"),
    [
        (X86, "AMD EPYC (2 threads)", ["AuthenticAMD", "25", "17"]),
        (ARM, None, ["0x41", "0xd40"]),
        (None, None, []),
    ],
)
def test_the_processor_by_name_and_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, name: str | None, model: list[str]
) -> None:
    listed = tmp_path / "cpuinfo"
    if text is not None:
        listed.write_text(text)
    monkeypatch.setattr(machine, "CPUINFO", listed)
    assert machine.cpu_name() == name or (name is None and machine.cpu_name())
    assert machine.cpu_model() == " ".join([*model, torch.backends.cpu.get_cpu_capability()])


def test_what_is_kept_tells_the_processor() -> None:
    where = machine.describe("cpu")
    assert where["cpu_model"] and machine.processor(where) == f"{where['cpu']}, {where['cpu_model']}"


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ({}, {}, True),
        ({"cpu": "X (2 threads)"}, {"cpu": "X (16 threads)"}, True),
        ({"cpu": "Y"}, {}, False),
        ({"cpu_model": "25 17"}, {}, True),
        ({"cpu_model": "25 17"}, {"cpu_model": "25 17"}, True),
        ({"cpu_model": "25 17"}, {"cpu_model": "25 1"}, False),
        ({"gpu": "G", "cpu_model": "25 17"}, {"gpu": "G", "cpu_model": "25 1"}, True),
        ({"gpu": "G"}, {}, False),
        ({"gpu": "G"}, {"gpu": "H"}, False),
    ],
)
def test_kinds_of_processors(one: dict[str, Any], two: dict[str, Any], same: bool) -> None:
    known = {"cpu": "X", "gpu": None}
    assert machine.same_kind(known | one, known | two) is same
    assert machine.same_kind(known | two, known | one) is same
