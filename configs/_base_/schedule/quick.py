"""Minutes on a processor: 480 training episodes of ``motion``, 160 of ``appearance`` (which is learned sooner), 320 of real data.

5-way 1-shot training; tested on 10,000 episodes at 1 and 5 shots.
"""

schedule = dict(
    way=5,
    shot=1,
    queries=1,
    episodes=dict(motion=480, appearance=160, real=320),
    episodes_per_step=1,
    accumulate=1,
    warmup=0.05,
    checkpoint_interval=80,
    val_interval=0,  # no validation: minutes, and the last checkpoint
    val_shots=[1],
    val_episodes=1000,
    test_shots=[1, 5],
    test_episodes=10000,
    test_seed=0,
    log_interval=20,
)
