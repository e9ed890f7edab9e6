"""Linear probe: ridge regression on mean features, fitted in closed form on the support set of every episode."""

head = dict(name="linear_probe", arguments=dict())
