"""From fragments (trunk, method, head, data, schedule) to the full config of MMEngine's runner.

``configs/*.py`` and the benchmark harness both build their runs here, so that ``mim test`` on a checkpoint of
the harness measures what the harness measured.
"""

import os
from collections.abc import Mapping
from typing import Any

from mmengine.device import get_device

import d2st.register  # noqa: F401  (everything that the config names)
from d2st import recipes
from d2st.data.sources import Source, data_root_in_use, resolve
from d2st.errors import UserError
from d2st.fragments import KEYS, for_data, for_head, read
from d2st.protocols import SUITE, settle
from d2st.run_config import Setting, measuring, model
from d2st.runtime import runtime
from d2st.train_config import training
from d2st.trunks import trunk_info, trunk_name

_said: set[str] = set()


def assemble(fragments: Mapping[str, Any], announce: bool = True) -> dict[str, Any]:
    """Build the runner's config; plain values only, so that it can be dumped.

    The data rule: no data root (``data.data_root`` or ``D2ST_DATA_ROOT``) means the embedded benchmark and
    ``vit_mini`` (or ``resnet_mini``, by ``trunk.family``), a data root the real data and CLIP ViT-B/16 (or ResNet-50),
    where ``trunk.name`` is ``auto``; a trunk named otherwise is taken as asked.

    ``run.device`` is only checked: MMEngine takes CUDA wherever it is visible, so hide it by an empty
    ``CUDA_VISIBLE_DEVICES`` before Python starts.

    Args:
        fragments: dicts by name; see :mod:`d2st.fragments` for their keys.
        announce: print which data and trunk are used, once a process.

    Raises:
        UserError: a fragment, key, dataset or trunk is unknown, missing or contradictory.
    """
    parts = {name: read(fragments, name) for name in KEYS}
    trunk, data = parts["trunk"], parts["data"]
    root = data_root_in_use(data["data_root"])
    source = resolve(data["name"], root)
    name = trunk_name(trunk["name"], trunk["family"], source.embedded or root is None)
    info = trunk_info(name, trunk["weights"])
    parts["schedule"] = for_data(parts["schedule"], source.name, source.embedded)
    parts["method"] = for_head(parts["method"], parts["head"]["name"], info)
    if parts["schedule"]["recipe"] is not None:
        parts |= recipes.apply(parts, data["name"], info.kind)
    schedule, run, switches = parts["schedule"], parts["run"], settle(parts["protocol"])
    if announce:
        name = parts["protocol"]["name"]
        own = "" if name == SUITE else f"; protocol {name}"
        _announce(source, data["name"], f"{info.name}, {info.image_size} px, weights {info.weights}{own}")
    _check_device(run["device"])
    setting = Setting(source, info, root, trunk["frames"], parts["data"], schedule, switches)
    config = {
        "custom_imports": {"imports": ["d2st.register", "baselines"], "allow_failed_imports": False},
        "default_scope": "mmaction",
        "model": model(setting, trunk["weights"], parts["method"], parts["head"]),
        **training(setting, parts["method"], run["seed"]),
        **measuring(setting, "test"),
        **runtime(schedule, run),
    }
    if schedule["val_interval"]:
        config |= measuring(setting, "val")
        if switches["validate_on"] == "val":
            best = {
                "save_best": f"{schedule['way']}way{schedule['val_shots'][0]}shot/accuracy",
                "rule": "greater",
            }
            config["default_hooks"]["checkpoint"] |= best
    return config if run["work_dir"] is None else {**config, "work_dir": str(run["work_dir"])}


def _check_device(device: str) -> None:
    if device not in ("auto", "cpu", "cuda"):
        raise UserError(f"unknown device '{device}'; known: auto, cpu, cuda")
    used = get_device()
    if device not in ("auto", used):
        mend = "PyTorch sees no such device here" if device == "cuda" else "start with CUDA_VISIBLE_DEVICES="
        raise UserError(f"device '{device}' was asked for, but this process runs on '{used}': {mend}")


def _announce(source: Source, asked: str, trunk: str) -> None:
    real = f"; set D2ST_DATA_ROOT for the real {asked}" if source.embedded and asked != source.name else ""
    line = f"data: {source.title}{real}; trunk: {trunk}"
    if line not in _said and os.environ.get("RANK", "0") == "0":
        _said.add(line)
        print(line, flush=True)
