"""For numbers to quote. 5-way 1-shot training; tested on 10,000 episodes at 1 and 5 shots.

1,200 training episodes of ``motion``, 400 of ``appearance`` (which is learned sooner), 3,000 of real data.
"""

schedule = dict(
    way=5,
    shot=1,
    queries=1,
    episodes=dict(motion=1200, appearance=400, real=3000),
    episodes_per_step=1,
    accumulate=1,
    warmup=0.05,
    checkpoint_interval=200,
    val_interval=600,
    val_shots=[1],
    val_episodes=1000,
    test_shots=[1, 5],
    test_episodes=10000,
    test_seed=0,
    log_interval=20,
)
