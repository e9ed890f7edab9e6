"""Several trunks in one run, and methods that have no form for one of them."""

import hashlib

import pytest

from benchmark import options
from benchmark.plan import Plan, make_plan
from benchmark.trunks import loaded
from d2st.errors import UserError
from d2st.trunks.mini import weights_file

pytestmark = pytest.mark.usefixtures("embedded_cache")


def plan(*more: str) -> Plan:
    usual = ["--datasets", "ssv2", "--weights", "random", "--episodes", "20", "--device", "cpu"]
    return make_plan(options.parse([*usual, *more]))


def test_every_method_runs_on_every_trunk_that_it_has_a_form_for() -> None:
    found = plan("--trunks", "vit", "resnet", "vit_mini", "--methods", "all")
    pairs = [(job.asked["trunk"], job.asked["method"]) for job in found.jobs]
    assert len(pairs) == len(set(pairs))
    vit, resnet = (
        {method for name, method in pairs if name == trunk} for trunk in ("vit_mini", "resnet_mini")
    )
    assert vit == set(options.fragments("method")) and vit - resnet == {"aim", "dualpath", "lora"}
    assert (
        len({job.id for job in found.jobs}) == len({cell.id for job in found.jobs for cell in job.cells}) / 2
    )
    assert "trunk: vit_mini, weights random, resnet_mini, weights random" in found.lines[0]
    (aim,) = (line for line in found.lines if "aim" in line)
    assert aim.startswith(
        "left out: aim on resnet_mini; method 'aim' adapts trunks of kind vit, not resnet: AIM"
    )


def test_a_method_named_for_trunks_that_it_has_no_form_for_is_refused() -> None:
    with pytest.raises(
        UserError, match=r"method 'lora' adapts trunks of kind vit, not resnet.*asked for: resnet_mini"
    ):
        plan("--trunk", "resnet", "--methods", "frozen", "lora")
    lines = plan("--trunks", "resnet", "vit", "--methods", "aim").lines
    assert [line.split(";")[0] for line in lines[1:]] == ["left out: aim on resnet_mini"]
    assert "left out: aim" in "".join(
        plan("--trunks", "resnet").lines
    )  # of the default methods, which nobody named


def test_one_file_is_not_for_several_trunks() -> None:
    file = str(weights_file("vit_mini"))
    assert plan("--methods", "frozen", "--weights", file).jobs[0].data["weights"] == loaded("vit_mini", file)
    with pytest.raises(UserError, match="fits one trunk, but 2 are asked for"):
        plan("--methods", "frozen", "--trunks", "vit", "resnet", "--weights", file)


def test_a_folders_weights_are_known_by_the_bytes_of_their_file(tmp_path) -> None:
    content = weights_file("vit_mini").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(content)
    assert loaded("vit_mini", str(tmp_path)) == hashlib.sha256(content).hexdigest()
    assert loaded("vit_mini", "random") == "random"
