"""320 training episodes: minutes on a processor. 5-way 1-shot training; tested on 10,000 episodes at 1 and 5 shots."""

schedule = dict(
    way=5,
    shot=1,
    queries=1,
    episodes=320,
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
