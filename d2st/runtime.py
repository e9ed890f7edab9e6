"""What every run has in common, beside model, data and loops: MMEngine's hooks, logs and environment."""

from typing import Any


def runtime(schedule: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    """Hooks, logs and environment of a run with these fragments."""
    every = schedule["log_interval"]
    return {
        "default_hooks": {
            "runtime_info": {"type": "RuntimeInfoHook"},
            "timer": {"type": "IterTimerHook"},
            "logger": {"type": "LoggerHook", "interval": every, "log_metric_by_epoch": False},
            "param_scheduler": {"type": "ParamSchedulerHook"},
            "checkpoint": {
                "type": "CheckpointHook",
                "by_epoch": False,
                "interval": schedule["checkpoint_interval"] or -1,
                "max_keep_ckpts": 2,  # the last may be cut short when a process is killed
            },
        },
        "custom_hooks": [{"type": "FragmentGuard"}],
        "log_processor": {
            "type": "LogProcessor",
            "by_epoch": False,
            "window_size": every,
            "custom_cfg": [
                {"data_src": "episode_accuracy", "method_name": "mean", "window_size": every},
            ],
        },
        "visualizer": {"type": "Visualizer", "vis_backends": [{"type": "LocalVisBackend"}]},
        "env_cfg": {
            "cudnn_benchmark": False,
            "mp_cfg": {"mp_start_method": "fork", "opencv_num_threads": 0},
            "dist_cfg": {"backend": "nccl"},  # gloo without a GPU: see compat
        },
        "model_wrapper_cfg": {
            "type": "MMDistributedDataParallel",
            "device_ids": None,  # as a CPU needs; MMEngine has moved the model to its GPU before
            "broadcast_buffers": False,
            "find_unused_parameters": True,
        },
        "randomness": {"seed": run["seed"]},
        "log_level": "INFO",
        "load_from": None,
        "resume": False,
    }
