"""An encoding taken from the feature store where it is there, and made and kept where it is not."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.dist import all_reduce, get_dist_info
from torch import Tensor

from d2st.evaluation.encoding import Encoded, encode
from d2st.evaluation.features import FeatureStore, digest, identity
from d2st.evaluation.orders import IN_ORDER, SHUFFLED


def encode_or_load(
    loop: Any, store: FeatureStore, clips: np.ndarray, orders: Sequence[str], seed: int
) -> tuple[Encoded, bool]:
    """What :func:`d2st.evaluation.encoding.encode` gives of ``clips``, and whether it came from the store.

    All orders of frames have to be there, else all are encoded. Seconds are then those of the encoding that was kept.
    """
    same = identity(loop, clips)
    keys = {
        order: digest([same, order, seed if order == SHUFFLED else None]) for order in (IN_ORDER, *orders)
    }
    device = next(loop.runner.model.parameters()).device
    found = {order: store.get(key, clips, len(loop.dataloader.dataset)) for order, key in keys.items()}
    if _everywhere(all(found.values()), device):
        kept = {order: value for order, value in found.items() if value is not None}
        told = kept[IN_ORDER][1]
        features = {order: rows.to(device) for order, (rows, _) in kept.items()}
        if get_dist_info()[0] == 0:
            print(f"{len(clips)} clips are encoded already: {store.root}", flush=True)
        return Encoded(features, told["seconds"], told["forward_seconds"]), True
    encoded = encode(loop, orders, seed)
    if get_dist_info()[0] == 0:
        told = {"seconds": encoded.seconds, "forward_seconds": encoded.forward_seconds}
        for order, key in keys.items():
            store.put(key, encoded.features[order], clips, told)
    return encoded, False


def _everywhere(here: bool, device: torch.device) -> bool:
    """Whether ``here`` holds on every rank."""
    flag: Tensor = torch.tensor(float(here), device=device)
    all_reduce(flag, "min")
    return bool(flag)
