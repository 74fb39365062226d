"""The fast convolutions against PyTorch's: the same to bf16 rounding, the same to the last bit elsewhere."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from ganworks.layers import convolution, products
from ganworks.layers.convolution import (
    Convolution,
    ConvolveHalve,
    Double,
    DoubleConvolve,
    Halve,
    TransposedConvolution,
)
from ganworks.layers.maps import Geometry
from ganworks.layers.products import Correlate, Gather, Scatter, Way, Ways, ways

LAYERS = {  # layer, shape of its input, and the ways that it takes
    "halve_to_4x4": (lambda: Halve(256, 512), (6, 256, 8, 8), ("matmul", "convolution", "matmul")),
    "halve_to_8x8": (lambda: Halve(64, 128), (6, 64, 16, 16), ("convolution", "convolution", "matmul")),
    "halve_oblong": (lambda: Halve(80, 96), (6, 80, 9, 15), ("convolution", "convolution", "matmul")),
    "halve_pictures": (lambda: Halve(3, 32), (6, 3, 32, 48), ("convolution", "phases", "convolution")),
    "double_from_4x4": (lambda: Double(512, 256), (6, 512, 4, 4), ("matmul", "convolution", "matmul")),
    "double_to_pictures": (lambda: Double(32, 3), (6, 32, 16, 8), ("convolution", "phases", "convolution")),
    "double_to_grey": (lambda: Double(32, 1), (6, 32, 7, 7), ("convolution", "phases", "convolution")),
    "to_a_logit": (lambda: Convolution(64, 1, 4), (6, 64, 4, 4), ("matmul",) * 3),
    "from_a_latent": (lambda: TransposedConvolution(20, 64, 4), (6, 20, 1, 1), ("matmul",) * 3),
    "grouped": (lambda: Convolution(32, 64, 3, padding=1, groups=4), (6, 32, 8, 8), ("convolution",) * 3),
    "many_weights": (lambda: Convolution(512, 928, 3, padding=1), (2, 512, 4, 4), ("matmul",) * 3),
    "many_weights_doubled": (lambda: Double(640, 416), (2, 640, 4, 4), ("matmul",) * 3),
}


@pytest.fixture(autouse=True)
def without_tiles(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same ways on every processor."""
    monkeypatch.setattr(products, "has_tiles", lambda: False)
    ways.cache_clear()
    yield
    ways.cache_clear()


def plain(layer: nn.Module) -> nn.Module:
    """PyTorch's own layer with the same weights."""
    kind = nn.Conv2d if isinstance(layer, nn.Conv2d) else nn.ConvTranspose2d
    assert isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d))
    sizes = (layer.in_channels, layer.out_channels, layer.kernel_size, layer.stride, layer.padding)
    twin = kind(*sizes, groups=layer.groups)
    twin.load_state_dict(layer.state_dict())
    twin.weight.data = layer.weight.detach().clone()  # in the same order in memory
    return twin


def run(layer: nn.Module, x: Tensor, bf16: bool) -> dict[str, Tensor]:
    """Output and all gradients, for a fixed gradient of the output."""
    layer.zero_grad()
    x = x.clone().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        y = layer(x)
    y.backward(torch.randn(y.shape, generator=torch.Generator().manual_seed(1)).to(y.dtype))
    assert x.grad is not None
    grads = {f"{name}'s gradient": p.grad for name, p in layer.named_parameters() if p.grad is not None}
    return {"output": y.detach(), "input's gradient": x.grad} | grads


@pytest.mark.parametrize("name", LAYERS)
def test_bf16_is_as_exact_as_the_plain_layer(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.manual_seed(0)
    build, shape, expected = LAYERS[name]
    layer, x = build(), torch.randn(shape)
    taken = []
    monkeypatch.setattr(products, "ways", lambda *shapes: taken.append(ways(*shapes)) or taken[-1])
    exact = run(plain(layer).double(), x.double(), bf16=False)
    fast, slow = run(layer, x, bf16=True), run(plain(layer), x, bf16=True)
    assert fast["output"].dtype == torch.bfloat16
    assert set(taken) == ({expected} if expected != products.PLAIN else set())
    for what, value in exact.items():
        error, usual = ((v[what].double() - value).norm() / value.norm() for v in (fast, slow))
        assert error < 1.3 * usual + 5e-4, f"{what}: {error:.2e}, the plain layer's is {usual:.2e}"


@pytest.mark.parametrize("name", LAYERS)
def test_float32_is_the_plain_layer(name: str) -> None:
    torch.manual_seed(0)
    build, shape, _ = LAYERS[name]
    layer, x = build(), torch.randn(shape).to(memory_format=torch.channels_last)
    ours, theirs = run(layer, x, bf16=False), run(plain(layer), x, bf16=False)
    assert torch.equal(ours["output"], theirs["output"])
    for what, value in theirs.items():
        assert (ours[what] - value).abs().max() <= 1e-5 * value.abs().max(), what


ALL_WAYS: list[tuple[Geometry, Way]] = [
    (Geometry((4, 4), (2, 2), (1, 1), (6, 4)), "convolution"),
    (Geometry((4, 4), (2, 2), (1, 1), (6, 4)), "matmul"),
    (Geometry((4, 4), (2, 2), (1, 1), (6, 4)), "phases"),
    (Geometry((4, 4), (2, 2), (1, 1), (7, 5)), "convolution"),
    (Geometry((4, 4), (2, 2), (1, 1), (7, 5)), "matmul"),
    (Geometry((3, 3), (1, 1), (1, 1), (3, 4)), "matmul"),
    (Geometry((3, 2), (2, 1), (0, 1), (6, 4)), "matmul"),
    (Geometry((3, 2), (1, 1), (0, 0), (3, 2)), "matmul"),
    (Geometry((3, 3), (2, 2), (1, 1), (6, 4), groups=2), "convolution"),
]


@pytest.mark.parametrize(("geometry", "way"), ALL_WAYS)
def test_first_and_second_derivatives(monkeypatch: pytest.MonkeyPatch, geometry: Geometry, way: Way) -> None:
    """In float64 against finite differences, whatever the shapes would choose."""
    other: Way = "convolution" if way == "phases" else way
    monkeypatch.setattr(products, "ways", lambda *shapes: Ways(other, way, other))
    torch.manual_seed(0)
    big, small, weight, *biases = (
        torch.randn(shape, dtype=torch.float64, requires_grad=True)
        for shape in (
            (2, 2, *geometry.big),
            (2, 4, *geometry.small),
            (4, 2 // geometry.groups, *geometry.kernel),
            (4,),
            (2,),
        )
    )
    for function, arguments in (
        (lambda *tensors: Gather.apply(*tensors, geometry), (big, weight, biases[0])),
        (lambda *tensors: Scatter.apply(*tensors, geometry), (small, weight, biases[1])),
        (lambda *tensors: Correlate.apply(*tensors, geometry), (big, small)),
    ):
        assert torch.autograd.gradcheck(function, arguments)
        assert torch.autograd.gradgradcheck(function, arguments)


@pytest.mark.parametrize(("bf16", "tolerance"), [(False, 1e-5), (True, 0.03)])
def test_the_gradient_of_a_penalty(bf16: bool, tolerance: float) -> None:
    """The slope's gradient with respect to the weights, through three layers."""
    torch.manual_seed(0)
    layers = [Convolution(16, 64, 3, padding=1, groups=2), Halve(64, 128), Convolution(128, 1, 4)]
    x = torch.randn(4, 16, 8, 8)
    grads = []
    for kind in (nn.Identity(), plain):
        first, second, third = map(kind, layers)
        critic = nn.Sequential(first, nn.Softplus(), second, nn.Softplus(), third)
        point = x.clone().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            (slope,) = torch.autograd.grad(critic(point).float().sum(), point, create_graph=True)
        slope.square().sum().backward()
        grads.append([layer.weight.grad for layer in (first, second, third)])
    for ours, theirs in zip(*grads, strict=True):
        assert (ours - theirs).norm() < tolerance * theirs.norm()


def test_only_the_mover_pays(monkeypatch: pytest.MonkeyPatch) -> None:
    """backward(inputs=...) computes no gradient of weights that belong to the other player."""
    calls = []
    forward = Correlate.forward
    monkeypatch.setattr(Correlate, "forward", lambda *inputs: calls.append(1) or forward(*inputs))
    g, d = nn.ConvTranspose2d(64, 64, 4, 2, 1), Halve(64, 128)
    for mover, expected in ((g, 0), (d, 1)):
        calls.clear()
        x = g(torch.randn(2, 64, 8, 8))
        with torch.autocast("cpu", torch.bfloat16):
            d(x).float().sum().backward(inputs=list(mover.parameters()))
        assert len(calls) == expected


def test_an_activation_in_place_may_follow() -> None:
    layer = nn.Sequential(Halve(256, 512), nn.LeakyReLU(0.2, inplace=True))
    with torch.autocast("cpu", torch.bfloat16):
        layer(torch.randn(2, 256, 8, 8)).float().sum().backward()
    assert layer[0].weight.grad is not None


def test_weights_stay_channels_last() -> None:
    layer = Halve(32, 64)
    layer.load_state_dict({name: value.contiguous() for name, value in layer.state_dict().items()})
    assert layer.weight.is_contiguous(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        layer(torch.randn(2, 32, 8, 8)).float().sum().backward()
    assert layer.weight.grad is not None and layer.weight.grad.stride() == layer.weight.stride()


def test_a_map_that_is_too_small_is_refused_like_anywhere() -> None:
    with torch.autocast("cpu", torch.bfloat16), pytest.raises(RuntimeError, match="size"):
        Halve(8, 8)(torch.randn(1, 8, 1, 1))


def test_which_type_is_computed_in() -> None:
    x, weight = torch.randn(2, 64, 4, 4), Convolution(64, 8, 4).weight
    assert convolution.product_dtype(x.bfloat16(), weight.bfloat16()) == torch.bfloat16
    assert convolution.product_dtype(x, weight) == torch.float32
    assert convolution.product_dtype(x.double(), weight.double()) is None
    assert convolution.product_dtype(x, weight.bfloat16()) is None
    with torch.autocast("cpu", torch.bfloat16):
        assert convolution.product_dtype(x, weight) == torch.bfloat16
    with torch.no_grad():
        assert convolution.product_dtype(x, weight) is None


@pytest.mark.parametrize("shape", [(3, 20, 8, 6), (3, 20, 7, 5)])
@pytest.mark.parametrize(("bf16", "tolerance"), [(False, 1e-5), (True, 0.01)])
def test_resampling_is_part_of_the_convolution(shape: tuple[int, ...], bf16: bool, tolerance: float) -> None:
    torch.manual_seed(0)
    x = torch.randn(shape)
    for layer, apart in (
        (ConvolveHalve(20, 24), lambda conv: nn.Sequential(conv, nn.AvgPool2d(2))),
        (DoubleConvolve(20, 24), lambda conv: nn.Sequential(nn.UpsamplingNearest2d(scale_factor=2), conv)),
    ):
        theirs = list(run(apart(plain(layer)), x, bf16).values())
        for ours, expected in zip(run(layer, x, bf16).values(), theirs, strict=True):
            assert ours.shape == expected.shape
            assert (ours - expected).norm() < tolerance * expected.norm()
