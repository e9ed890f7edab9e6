"""ProtoNet (Snell et al., NeurIPS 2017) on clip features, the mean over frames."""

head = dict(name="protonet", arguments=dict())
