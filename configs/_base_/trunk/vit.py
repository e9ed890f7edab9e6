"""A ViT by the data rule: ``vit_mini`` on the embedded benchmark, CLIP ViT-B/16 (QuickGELU) on real data."""

trunk = dict(name="auto", family="vit", weights="pretrained", frames=8)
