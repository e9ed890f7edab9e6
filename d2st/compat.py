"""MMAction2 1.2.0 on today's Python packages: every known breakage, mended once and in one place.

``mend()`` runs when ``import d2st`` does, so it reaches the processes of ``mim train`` (through
``custom_imports``) and data loader workers. It edits no installed file. tests/d2st/test_compat.py fails for a
mend that upstream no longer needs.
"""

import importlib.metadata
import importlib.util
import pickle
import sys
import types
import warnings
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
import torch

DRN = "mmaction.models.localizers.drn"


def mend() -> None:
    """Apply every mend; a second call changes nothing.

    Raises:
        ImportError: a package that MMAction2 imports without declaring it is absent.
    """
    require_undeclared()
    supply_localizer()
    pass_over_transformers()
    allow_own_checkpoints()
    allow_cpu_process_groups()
    silence_expected_warnings()


def require_undeclared() -> None:
    """Say which package is missing, where MMAction2 and mim would fail far from the cause.

    ``importlib_metadata`` is imported by ``mmaction/utils/dependency.py`` and declared nowhere;
    ``pkg_resources``, which mim and mmengine import, left setuptools in version 82 (open-mmlab/mmcv#3325).
    """
    for module, package in (("importlib_metadata", "importlib_metadata"), ("pkg_resources", "setuptools<82")):
        if importlib.util.find_spec(module) is None:
            raise ImportError(
                f"MMAction2 needs the module '{module}': run pip install '{package}'", name=module
            )


def supply_localizer() -> None:
    """Let ``import mmaction.models`` succeed although the wheel lacks the package ``localizers/drn``.

    open-mmlab/mmaction2#2714: the folder has no ``__init__.py``, so that setuptools left it out. Temporal
    localisation with DRN is not part of this suite; building one says so. Does nothing once the installed
    MMAction2 has the folder.
    """
    name = f"{DRN}.drn"
    if name in sys.modules or not _lacks_localizer():
        return
    package, module = types.ModuleType(DRN, supply_localizer.__doc__), types.ModuleType(name)
    package.__spec__ = ModuleSpec(DRN, None, is_package=True)
    package.__path__ = []
    module.__spec__ = ModuleSpec(name, None)
    module.DRN = package.DRN = _AbsentDRN  # type: ignore[attr-defined]
    package.drn = module  # type: ignore[attr-defined]
    sys.modules.update({DRN: package, name: module})


class _AbsentDRN:
    """Takes the place of the localizer that the wheel of MMAction2 lacks."""

    def __init__(self, *_: Any, **__: Any) -> None:
        raise ImportError("the installed MMAction2 lacks the localizer DRN (open-mmlab/mmaction2#2714)")


def _lacks_localizer() -> bool:
    spec = importlib.util.find_spec("mmaction")
    folders = (spec and spec.submodule_search_locations) or []
    files = [Path(folder, "models", "localizers", "drn", "drn.py") for folder in folders]
    return bool(files) and not any(file.is_file() for file in files)


def pass_over_transformers() -> None:
    """Let ``import mmaction.models`` succeed beside transformers 5, as if it were not installed.

    MMAction2 takes any transformers from 4.28 on for its multimodal models; version 5 left out names that their
    ``vindlu/modeling_bert.py`` imports (``apply_chunking_to_forward`` and others). Those models are not part of this
    suite; building one is refused (it needs an older transformers). This package does not bring transformers; users'
    environments may.
    """
    try:
        major = int(importlib.metadata.version("transformers").split(".")[0])
    except importlib.metadata.PackageNotFoundError:
        return
    if major >= 5:
        from mmaction.utils import dependency

        dependency.WITH_MULTIMODAL = False


def allow_own_checkpoints() -> None:
    """Let ``--resume`` read MMEngine's checkpoints while ``torch.load`` keeps its ``weights_only=True``.

    open-mmlab/mmengine#1655. Allows what MMEngine's message hub stores: its history buffers, numpy arrays and
    numbers, and in place of ``getattr`` a function that yields only a history buffer's four statistics. Any
    other object stays refused.
    """
    from mmengine.logging.history_buffer import HistoryBuffer

    rebuild_array, rebuild_number = np.empty(0).__reduce__()[0], np.float64().__reduce__()[0]
    dtypes = {type(np.dtype(kind)) for kind in ("bool", "i1", "i2", "i4", "i8", "u1", "f2", "f4", "f8")}
    allowed = [HistoryBuffer, np.ndarray, np.dtype, rebuild_array, rebuild_number, *dtypes]
    torch.serialization.add_safe_globals([*allowed, (_statistic, "builtins.getattr")])


def _statistic(owner: Any, name: str) -> Callable[..., Any]:
    """What a checkpoint gets when it asks for ``getattr(owner, name)``."""
    from mmengine.logging.history_buffer import HistoryBuffer

    if owner is not HistoryBuffer or name not in ("min", "max", "current", "mean"):
        raise pickle.UnpicklingError("a checkpoint may take only HistoryBuffer's statistics by getattr")
    return getattr(HistoryBuffer, name)


def allow_cpu_process_groups() -> None:
    """Let ``--launcher pytorch`` work on machines without a GPU, over gloo.

    ``_init_dist_pytorch`` of mmengine/dist/utils.py calls ``torch.cuda.set_device`` whatever the machine has
    (0.10.7; no issue filed). The config has to say
    ``model_wrapper_cfg=dict(type='MMDistributedDataParallel', device_ids=None)`` besides.
    """
    from mmengine.dist import utils

    upstream = utils._init_dist_pytorch
    if getattr(upstream, "mended", False):
        return

    def init(backend: str, init_backend: str = "torch", **arguments: Any) -> None:
        if torch.accelerator.is_available():
            upstream(backend, init_backend=init_backend, **arguments)
        else:
            torch.distributed.init_process_group("gloo", **arguments)

    init.mended = True  # type: ignore[attr-defined]
    utils._init_dist_pytorch = init


def silence_expected_warnings() -> None:
    """Keep two warnings that every run would repeat off the screen.

    mmcv-lite, taken because mmcv does not build (open-mmlab/mmcv#3310), warns of an operator that it lacks;
    setuptools 81 warns of the removal that our ``setuptools<82`` answers.
    """
    warnings.filterwarnings("ignore", message="Fail to import ``MultiScaleDeformableAttention``")
    warnings.filterwarnings("ignore", message="pkg_resources is deprecated as an API")
