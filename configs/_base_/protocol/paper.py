"""What the official D2ST code does, its slips included; see docs/protocol.md."""

protocol = dict(name="paper")
