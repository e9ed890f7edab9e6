"""The official training recipe of D2ST-Adapter for the data set and the backbone at hand, see d2st/recipes.py.

What is None is the recipe's: 1,200 to 60,000 training episodes, gradients summed over 8. Tested on 10,000
episodes at 1 and 5 shots.
"""

schedule = dict(
    recipe="paper",
    way=5,
    shot=1,
    queries=1,
    episodes=None,
    episodes_per_step=1,
    checkpoint_interval=None,
    val_interval=None,
    val_shots=[1, 5],
    val_episodes=10000,
    test_shots=[1, 5],
    test_episodes=10000,
    test_seed=0,
    log_interval=20,
)
