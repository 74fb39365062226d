"""A verdict comes when a figure stands still, and not while it falls."""

import torch

from ganworks.metrics.plateau import RECENT, verdict


def judge(values, error=1.0):
    return verdict([500 * (i + 1) for i in range(len(values))], values, [error] * len(values))


def test_a_falling_figure_has_none():
    assert judge([100.0 - 3 * i for i in range(20)]) is None


def test_slow_but_steady_is_no_plateau():
    """Less than an error from one to the next, more than two errors of a difference over five."""
    assert judge([100.0 - 0.8 * i for i in range(20)]) is None


def test_standing_still_is_one_and_names_the_best():
    words = judge([100, 50, 20, 10.0, 10.4, 9.8, 10.2, 10.6, 10.1])
    assert "more steps hardly help" in words
    assert "the best is step 3,000" in words
    assert "no better than at step 2,000" in words


def test_getting_worse_is_said():
    words = judge([100, 50, 10.0, 20, 30, 40, 50, 60])
    assert "surely worse since" in words
    assert "the best is step 1,500" in words


def test_too_few_evaluations_say_nothing():
    assert judge([10.0] * RECENT) is None
    assert judge([10.0] * (RECENT + 1)) is not None
    assert judge([]) is None


def test_large_errors_hide_an_improvement_and_small_ones_show_it():
    values = [100, 50, 12.0, 9, 12, 10, 11.5, 9.5]  # without a trend that would be sure
    assert judge(values, error=3.0) is not None
    assert judge(values, error=0.3) is None


def test_a_fall_far_below_the_errors_is_no_plateau_as_long_as_it_is_steady():
    """Shared seeds: the values wander by much less than each is wrong."""
    values = [10 - 0.1 * i for i in range(40)]
    assert all(judge(values[:num], error=0.3) is None for num in range(len(values) + 1))
    steps = [100, 200, 300, 1000, 5000, 5001]
    assert verdict(steps, [10 - step / 1e4 for step in steps], [0.3] * 6) is None, "nor by uneven steps"


def test_a_fall_that_ended_is_one():
    noise = torch.randn(20, generator=torch.Generator().manual_seed(0)).tolist()
    values = [max(10 - 0.1 * i, 8) + 0.01 * noise[i % 20] for i in range(60)]
    verdicts = [judge(values[:num], error=0.3) for num in range(len(values) + 1)]
    assert not any(verdicts[:20])
    assert sum(words is not None for words in verdicts[30:]) > 20


def test_noise_about_a_falling_curve_is_seldom_taken_for_a_plateau():
    wrong = 0
    for seed in range(50):
        noise = torch.randn(30, generator=torch.Generator().manual_seed(seed)).tolist()
        wrong += judge([200 * 0.9**i + n for i, n in enumerate(noise)][:20]) is not None
    assert wrong <= 2
