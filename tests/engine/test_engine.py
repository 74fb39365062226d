"""The engine's own promises, on the least GAN there is."""

from functools import partial

import pytest
import torch
from shapes import Lazy, Plain, Unrolled
from torch import nn
from torch.optim import SGD, Adam, RMSprop

from ganworks.checks import RandomStream, engine_for, parameters_of
from ganworks.core import Player, Turn
from ganworks.engine.engine import Diverged, Engine
from ganworks.engine.precision import choose_device, choose_precision, to_device


def engine_of(system, **settings):
    return Engine(system, RandomStream(system.specs), device="cpu", precision="float32", **settings)


class Poisoned(Plain):
    """Its critic's loss is NaN at chosen steps."""

    bad = ()

    def turns(self, step):
        self.now = step
        return super().turns(step)

    def d_loss(self, batch):
        terms = super().d_loss(batch)
        return {name: term * (float("nan") if self.now in self.bad else 1.0) for name, term in terms.items()}


def test_a_turn_is_plain_gradient_descent():
    """One SGD step by hand equals the engine's."""

    class Linear(Plain):
        def players(self):
            return {"G": Player(self.G, partial(SGD, lr=0.1)), "D": Player(self.D, partial(SGD, lr=0.1))}

    torch.manual_seed(0)
    system = Linear(8)
    engine = engine_of(system)
    parts = engine.next_parts()
    loss = sum(system.g_loss(dict(parts[0])).values())
    gradients = torch.autograd.grad(loss, list(system.G.parameters()))
    expected = [param - 0.1 * slope for param, slope in zip(system.G.parameters(), gradients, strict=True)]
    engine.update(system.turns(0)[0], parts)
    for param, value in zip(system.G.parameters(), expected, strict=True):
        torch.testing.assert_close(param.detach(), value)


def test_lazy_turns_are_scaled_and_rare():
    seen = []

    class Counting(Lazy):
        def penalty(self, batch):
            seen.append(self.step)
            return super().penalty(batch)

        def turns(self, step):
            self.step = step
            return super().turns(step)

    system = Counting(4)
    engine = engine_of(system)
    for _ in range(9):
        engine.take_step()
    assert seen == [0, 4, 8]


def test_a_lazy_turn_weighs_as_much_as_all_it_stands_for():
    system = Lazy(4)
    engine = engine_of(system, lr={"G": 0.0, "D": 0.0})
    parts = engine.next_parts()
    gradients = []
    for every in (1, 4):
        engine.update(Turn("D", system.penalty, every=every), parts)
        gradients.append([p.grad.clone() for p in engine.params["D"] if p.grad is not None])
    for once, four in zip(*gradients, strict=True):
        torch.testing.assert_close(four, 4 * once)


def test_a_bad_update_is_skipped_counted_and_leaves_no_trace():
    system = Poisoned(8)
    system.bad = (2,)
    engine = engine_of(system)
    for _ in range(2):
        engine.take_step()
    before = parameters_of(engine)
    engine.take_step()
    for name, value in parameters_of(engine).items():
        assert torch.equal(value, before[name]) == name.startswith("D"), name
    assert engine.skipped == 1
    engine.take_step()
    assert engine.skipped == 1
    assert engine.skipped_in_a_row["D"] == 0
    assert all(value.isfinite().all() for value in parameters_of(engine).values())


def test_a_bad_update_restores_running_statistics():
    class BadNorm(Lazy):
        def g_loss(self, batch):
            batch["z"] = batch["z"] * float("inf")
            return super().g_loss(batch)

    engine = engine_of(BadNorm(4))
    before = [buffer.clone() for buffer in engine.buffers]
    engine.take_step()
    assert engine.skipped == 1
    for buffer, old in zip(engine.buffers, before, strict=True):
        assert torch.equal(buffer, old)


def test_several_bad_updates_in_a_row_stop_the_run_and_say_what_to_try():
    system = Poisoned(8)
    system.bad = range(100)
    engine = engine_of(system, patience=5)
    with pytest.raises(Diverged, match=r"5 updates of D in a row .*--d-lr"):
        for _ in range(100):
            engine.take_step()
    assert engine.step == 4


def test_players_must_own_every_parameter_once():
    class Orphan(Plain):
        def players(self):
            return {"G": Player(self.G, Adam)}

    class Shared(Plain):
        def players(self):
            return {"G": Player(self.G, Adam), "D": Player([self.D, self.G], Adam)}

    with pytest.raises(ValueError, match=r"parameter D\.0\.weight has no player"):
        engine_of(Orphan(4))
    with pytest.raises(ValueError, match="players G and D share a parameter"):
        engine_of(Shared(4))


def test_a_frozen_network_needs_no_player():
    system = Plain(4)
    system.features = nn.Linear(2, 2).requires_grad_(False)
    engine_of(system).take_step()


def test_given_rates_ema_and_clipping_reach_the_players():
    engine = engine_of(Plain(8), lr={"G": 0.5}, ema=0.9, clip=1e-3)
    engine.take_step()
    assert engine.optimizers["G"].param_groups[0]["lr"] == 0.5
    assert engine.optimizers["D"].param_groups[0]["lr"] == 1e-3
    assert engine.average.decays == {"G": 0.9}
    clipped = torch.nn.utils.get_total_norm([param.grad for param in engine.params["D"]])
    assert clipped <= 1e-3 * 1.001 < engine.norms["D"]
    with pytest.raises(ValueError, match="players are G, D"):
        engine_of(Plain(8), lr={"X": 0.5})


def test_a_schedule_changes_the_rate():
    class Scheduled(Plain):
        def players(self):
            return {
                "G": Player(self.G, partial(SGD, lr=2.0), schedule=lambda step: 0.5**step),
                "D": Player(self.D, RMSprop),
            }

    engine = engine_of(Scheduled(4))
    rates = []
    for _ in range(3):
        engine.take_step()
        rates.append(engine.optimizers["G"].param_groups[0]["lr"])
    assert rates == [2.0, 1.0, 0.5]


def test_average_is_the_decayed_mean_of_the_weights():
    engine = engine_of(Plain(4), ema=0.5)
    torch.testing.assert_close(engine.average.system.G[0].weight, engine.system.G[0].weight)
    expected = engine.system.G[0].weight.detach().clone()
    for step in range(20):
        engine.take_step()
        decay = min(0.5, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * engine.system.G[0].weight.detach()
    torch.testing.assert_close(engine.average.system.G[0].weight.detach(), expected)
    assert engine.average.system.D[0].weight is engine.system.D[0].weight


def test_an_average_needs_somebody_to_follow():
    class Critics(Plain):
        def players(self):
            return {"A": Player(self.G, Adam), "B": Player(self.D, Adam)}

    with pytest.raises(ValueError, match="no player of A, B is averaged"):
        engine_of(Critics(4), ema=0.9)
    assert engine_of(Critics(4)).average.decays == {}


def test_without_average_samples_come_from_the_weights_themselves():
    engine = engine_of(Plain(4), ema=0)
    engine.take_step()
    assert engine.average.system.G[0].weight is engine.system.G[0].weight


def test_sampling_leaves_training_undisturbed():
    def run(sampling):
        engine = engine_for(lambda: Unrolled(1))
        for _ in range(4):
            engine.take_step()
            if sampling:
                engine.sample(3, seed=5)
        return parameters_of(engine)

    plain, sampled = run(False), run(True)
    assert all(torch.equal(plain[name], sampled[name]) for name in plain)


def test_bf16_training_stays_near_float32():
    torch.manual_seed(0)
    system = Plain(16)
    engine = Engine(system, RandomStream(system.specs), device="cpu", precision="bf16")
    for _ in range(5):
        engine.take_step()
    assert engine.skipped == 0
    assert all(param.dtype == torch.float32 for param in system.parameters())


def test_pictures_arrive_channels_last():
    batch = to_device({"image": torch.zeros(2, 3, 4, 4), "z": torch.zeros(2, 5)}, torch.device("cpu"))
    assert batch["image"].is_contiguous(memory_format=torch.channels_last)
    assert batch["z"].is_contiguous()


def test_unknown_devices_and_precisions_are_explained():
    with pytest.raises(ValueError, match="possible are auto, float32, bf16"):
        choose_precision("fp8", torch.device("cpu"))
    if not torch.cuda.is_available():
        with pytest.raises(ValueError, match="no CUDA GPU"):
            choose_device("cuda")
