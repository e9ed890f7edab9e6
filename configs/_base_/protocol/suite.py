"""The suite's protocol, the default; see docs/protocol.md."""

protocol = dict(name="suite")
