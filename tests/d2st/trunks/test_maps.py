"""Feature maps of a trunk, for the heads that ask for them."""

import timm
import torch

import baselines  # noqa: F401  (registers the method)
from d2st import adapt


def test_patches_of_a_vit_normed_as_its_frame_feature():
    torch.manual_seed(0)
    encoder = adapt(timm.create_model("vit_mini", pretrained=False), "frozen", frames=2)
    clips = torch.randn(3, 3, 2, 48, 48)
    maps = encoder(clips, maps=True)
    assert maps.shape == (3, 2, 96, 6, 6)
    tokens = encoder.vit.forward_features(clips.transpose(1, 2).flatten(0, 1))
    torch.testing.assert_close(maps.flatten(0, 1).flatten(2).mT, tokens[:, 1:])
    torch.testing.assert_close(encoder(clips).flatten(0, 1), tokens[:, 0])


def test_last_stage_of_a_resnet_whose_mean_is_its_frame_feature():
    torch.manual_seed(0)
    encoder = adapt(timm.create_model("resnet18", pretrained=False), "frozen", frames=2, image_size=64)
    clips = torch.randn(2, 3, 2, 64, 64)
    maps = encoder(clips, maps=True)
    assert maps.shape == (2, 2, 512, 2, 2)
    torch.testing.assert_close(maps.mean((3, 4)), encoder(clips))
