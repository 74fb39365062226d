"""Systems that start from pictures: any size, examples that are saved, and what they are sampled from."""

import pytest
import torch
from safetensors.torch import load, save
from torch import nn

from ganworks import registry
from ganworks.core import Player
from ganworks.data import from_bytes, to_bytes
from ganworks.specs import Image
from ganworks.systems.translation import NUM_EXAMPLES, Translation

NAMES = ["pix2pix", "pan", "pix2pixhd"]


class Shifted(Translation):
    """Adds to a picture a number drawn for it, and a learnt one."""

    def __init__(self):
        super().__init__(Image(1, 4, 6))
        self.level = nn.Parameter(torch.zeros(1))

    def players(self):
        return {"G": Player(self, torch.optim.Adam)}

    def turns(self, step):
        return []

    def draw(self, num):
        return {"shift": torch.rand(num) / 10}

    def make(self, inputs):
        return inputs["other"] / 2 + self.level + inputs["shift"].view(-1, 1, 1, 1) + 0.5 * self.training


def tiny(name):
    torch.manual_seed(0)
    return registry.build(name, **registry.find(name).tiny)[0]


def test_what_is_drawn_is_drawn_by_the_seed():
    """And training's numbers stay undisturbed."""
    system, x = Shifted(), torch.zeros(3, 1, 4, 6)
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    first = system.translate(x, seed=1)
    assert torch.equal(torch.rand(1), expected)
    assert torch.equal(first, system.translate(x, seed=1))
    assert len(first[:, 0, 0, 0].unique()) == 3 and not torch.equal(first, system.translate(x, seed=2))


def test_it_is_evaluation_for_the_time_of_a_translation():
    system = Shifted().train()
    assert system.translate(torch.zeros(1, 1, 4, 6)).max() < 0.5, "0.5 is added in training"
    assert system.training
    with pytest.raises(RuntimeError):
        system.translate(torch.zeros(2, 1, 4, 6), shift=torch.zeros(3))
    assert system.training, "when it fails, too"


def test_inputs_can_be_given():
    made = Shifted().translate(torch.zeros(2, 1, 4, 6), shift=torch.tensor([0.1, 0.3]))
    torch.testing.assert_close(made[:, 0, 0, 0], torch.tensor([0.1, 0.3]))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [(16, 16), (40, 24), (17, 33), (5, 3), (1, 1)])
def test_any_size(name, size):
    made = tiny(name).translate(torch.rand(2, 3, *size) * 2 - 1)
    assert made.shape == (2, 3, *size) and made.dtype == torch.float32
    assert made.isfinite().all() and made.abs().max() <= 1


def test_samples_start_from_the_examples_again_and_again():
    system = Shifted()
    system.examples.copy_(torch.arange(NUM_EXAMPLES).view(-1, 1, 1, 1).expand_as(system.examples))
    made = system.sample(NUM_EXAMPLES + 2, seed=0)
    assert to_bytes(made["other"])[:, 0, 0, 0].tolist() == [*range(NUM_EXAMPLES), 0, 1]
    assert made["image"].shape == made["other"].shape
    own = torch.full((2, 1, 4, 6), 0.5)
    assert torch.equal(system.sample(2, seed=0, other=own)["other"], own)


def test_before_training_the_examples_are_grey():
    assert from_bytes(Shifted().examples).abs().max() < 0.01


def test_examples_are_saved():
    system, other = Shifted(), Shifted()
    system.examples.random_(256)
    other.load_state_dict(load(save(system.state_dict())))
    assert torch.equal(system.examples, other.examples) and other.examples.dtype == torch.uint8
    assert torch.equal(system.sample(3, seed=1)["image"], other.sample(3, seed=1)["image"])


def test_sets_of_unlike_size_are_told_apart():
    class Enlarged(Shifted):
        def __init__(self):
            Translation.__init__(self, Image(1, 8, 12), Image(3, 4, 6))

    assert Enlarged().examples.shape == (NUM_EXAMPLES, 3, 4, 6)
    assert Enlarged().specs["image"].shape == (1, 8, 12)
