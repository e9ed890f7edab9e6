import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.d2st import toy

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_two_processes_share_the_work_and_agree_with_one(tmp_path: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2", f"--master_port={port}"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}
    subprocess.run([*command, "-m", "tests.d2st.two_ranks", str(tmp_path)], check=True, env=env, cwd=ROOT)
    first, second = (json.loads((tmp_path / f"rank{rank}.json").read_text()) for rank in (0, 1))
    assert first["decoded"] == list(range(0, 12, 2)) and second["decoded"] == list(range(1, 12, 2))
    assert first["metrics"] == second["metrics"]
    assert first["encoded"] + second["encoded"] == first["clips"] == toy.CLASSES * toy.EACH

    alone = toy.runner(tmp_path / "alone", "st_adapter")
    alone.train()
    together = torch.load(tmp_path / "iter_6.pth", weights_only=True)["state_dict"]
    for name, value in alone.model.state_dict().items():
        torch.testing.assert_close(together[name], value, rtol=1e-3, atol=1e-5, msg=name)
