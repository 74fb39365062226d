import pytest
import torch

from ganworks.metrics.path_length import path_steps, perceptual_path_length


def test_of_a_linear_generator_it_is_the_squared_distance_of_the_ends():
    """|A (a + (t + e)(b - a)) - A (a + t (b - a))|^2 / e^2 = |A (b - a)|^2, wherever the step begins."""
    torch.manual_seed(0)
    matrix, begin, end = torch.randn(3, 12).double(), torch.randn(50, 3).double(), torch.randn(50, 3).double()
    steps = path_steps(lambda w: (w @ matrix).view(-1, 1, 3, 4), lambda x: x, (begin, end), torch.rand(50))
    torch.testing.assert_close(steps, ((end - begin) @ matrix).square().sum(1), rtol=1e-5, atol=1e-6)


def test_of_a_curve_it_depends_on_where_the_step_begins():
    """Of w -> w^2 on [0, 1] the derivative at t is 2 t; codes may have any shape."""
    begin, end, t = torch.zeros(4, 1, 1).double(), torch.ones(4, 1, 1).double(), torch.tensor([0.0, 0.25, 0.5, 1.0])
    steps = path_steps(lambda w: w.square(), lambda x: x, (begin, end), t, step=1e-5)
    torch.testing.assert_close(steps, (2 * t.double()).square(), rtol=1e-3, atol=1e-9)


def test_tails_are_left_out():
    steps = torch.cat([torch.full((98,), 3.0), torch.tensor([1e9, -1e9])])
    assert perceptual_path_length(steps).value == 3.0
    with pytest.raises(ValueError, match="1 steps were given"):
        perceptual_path_length(torch.ones(1))
