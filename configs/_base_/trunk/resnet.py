"""A ResNet by the data rule: ``resnet_mini`` on the embedded benchmark, ImageNet ResNet-50 (torchvision's) on real data."""

trunk = dict(name="auto", family="resnet", weights="pretrained", frames=8)
