"""The trunk as it is. There is nothing to train; the rate is never used."""

method = dict(name="frozen", arguments=dict(), lr=dict(embedded=0.0, real=0.0), weight_decay=0.0)
