"""How a run is trained, as MMEngine's runner is told it: episodes, loop, optimiser, the learning rate's course."""

from typing import Any

from d2st.fragments import steps
from d2st.protocols import READ_WEIGHT_DECAY, REDRAWS
from d2st.run_config import Setting
from d2st.trunks import sized

ENDLESS = 2**31 - 1  # training takes the first episodes of a list without end


def training(setting: Setting, method: dict[str, Any], seed: int) -> dict[str, Any]:
    """Data loader, loop, optimiser and the learning rate's course."""
    schedule, switches = setting.schedule, setting.switches
    iterations = steps(schedule)
    return {
        "train_dataloader": {
            **setting.loader(),
            "batch_size": schedule["episodes_per_step"],
            "sampler": {"type": "EpisodeSampler", "same_on_ranks": switches["same_episodes_on_ranks"]},
            "collate_fn": {"type": "episode_collate"},
            "dataset": {
                "type": "EpisodeDataset",
                **setting.videos("train"),
                "protocol": {
                    **setting.episode("way", "shot", "queries", "group_disjoint"),
                    "episodes": ENDLESS,
                    "seed": seed,
                },
                "support_pipeline": setting.pipeline(train=True, query=False),
                "query_pipeline": setting.pipeline(train=True, query=True),
                "redraws": REDRAWS if switches["redraw_broken"] else 0,
            },
        },
        "train_cfg": {
            "type": "EpisodeTrainLoop",
            "max_iters": iterations,
            "val_interval": _val_interval(setting) or iterations,
            "unused_half": switches["unused_half"],
        },
        "param_scheduler": _rates(schedule),
        "optim_wrapper": _optimiser(setting, method),
    }


def _val_interval(setting: Setting) -> int:
    at_end = setting.switches["validate_on"] == "test"
    return steps(setting.schedule) if at_end else setting.schedule["val_interval"]


def _rates(schedule: dict[str, Any]) -> dict[str, Any]:
    warmup = {"warmup": schedule["warmup"], "start": schedule["warmup_from"], "by_epoch": False}
    if schedule["rate_course"] is None:
        return {"type": "WarmupCosineLR", **warmup}
    return {"type": "WarmupStepsLR", "course": schedule["rate_course"], **warmup}


def _optimiser(setting: Setting, method: dict[str, Any]) -> dict[str, Any]:
    schedule, switches, info = setting.schedule, setting.switches, setting.info
    official = schedule["optimizer"] == "coupled_adam"
    written = sized(method["weight_decay"], info)
    summed = {"type": "SummedGradients", "factor": schedule["loss_factor"]}
    return {
        **({"type": "EpisodeGradients"} if schedule["loss_factor"] is None else summed),
        "constructor": "OfficialDecay" if official else "TunedOptimizer",
        "optimizer": {
            "type": "Adam" if official else "AdamW",
            "lr": method["lr"],
            "weight_decay": READ_WEIGHT_DECAY if switches["unread_weight_decay"] else written,
        },
        "accumulative_counts": schedule["accumulate"],
        "spare_last": switches["save_before_last_step"],
    }
