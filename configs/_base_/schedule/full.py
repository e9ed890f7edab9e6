"""For numbers to quote. 5-way 1-shot training, tested at 1 and 5 shots.

2,400 training episodes of ``motion``, 200 of ``appearance`` (which is learned sooner), 3,000 of real data. 10,000 test
episodes of real data, 4,000 of the embedded ones: of their few hundred test videos more would only describe the sampler.
"""

schedule = dict(
    way=5,
    shot=1,
    queries=1,
    episodes=dict(motion=2400, appearance=200, real=3000),
    episodes_per_step=1,
    accumulate=1,
    warmup=0.05,
    checkpoint_interval=200,
    val_interval=dict(embedded=0, real=600),  # embedded: the last checkpoint
    val_shots=[1],
    val_episodes=1000,
    test_shots=[1, 5],
    test_episodes=dict(embedded=4000, real=10000),
    test_seed=0,
    log_interval=20,
)
