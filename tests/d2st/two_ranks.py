"""What each of two processes runs for test_distributed.py: train and test on the toy data, then report."""

import json
import sys
from pathlib import Path

import torch

from tests.d2st import toy

WRAPPER = {"type": "MMDistributedDataParallel", "device_ids": None, "find_unused_parameters": True}


def main(folder: Path) -> None:
    torch.set_num_threads(1)
    # one episode on each of two ranks is the batch of two on one; st_adapter draws no random numbers
    loader = {**toy.config(folder)["train_dataloader"], "batch_size": 1}
    runner = toy.runner(
        folder, "st_adapter", launcher="pytorch", model_wrapper_cfg=WRAPPER, train_dataloader=loader
    )
    runner.train()
    metrics = runner.test()
    report = {
        "metrics": metrics,
        "decoded": runner.train_dataloader.dataset.decoded,
        "encoded": len(runner.test_loop.dataloader.sampler),
        "clips": runner.test_loop.clips,
    }
    (folder / f"rank{runner.rank}.json").write_text(json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
