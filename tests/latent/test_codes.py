import math
from pathlib import Path

import pytest
import torch
from paintings import Painting, Styled, build

from ganworks.latent.codes import draw, facts_of, load_codes, make, save_codes, slerp
from ganworks.latent.edit import combine, neighbours
from ganworks.latent.mix import coarse_styles, crossed


def test_slerp_in_the_plane():
    """A third of the way from east to north is 30 degrees."""
    a, b = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    third = slerp(a, b, 1 / 3)
    torch.testing.assert_close(third, torch.tensor([[math.cos(math.pi / 6), math.sin(math.pi / 6)]]))


def test_slerp_keeps_the_length_where_a_straight_line_would_not():
    torch.manual_seed(0)
    a, b = torch.randn(16, 100), torch.randn(16, 100)
    a, b = (10 * v / v.norm(dim=1, keepdim=True) for v in (a, b))
    for t in (0.25, 0.5):
        torch.testing.assert_close(slerp(a, b, t).norm(dim=1), torch.full((16,), 10.0))
    assert (a.lerp(b, 0.5).norm(dim=1) < 8).all()


def test_slerp_begins_and_ends_where_it_should():
    torch.manual_seed(0)
    a, b = torch.randn(3, 4, 5), 2 * torch.randn(3, 4, 5)
    torch.testing.assert_close(slerp(a, b, 0.0), a)
    torch.testing.assert_close(slerp(a, b, 1.0), b)


def test_slerp_of_vectors_without_an_arc():
    a = torch.tensor([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0], [0.0, 0.0]])
    b = torch.tensor([[1.0, 2.0], [2.0, 4.0], [-1.0, -2.0], [0.0, 0.0]])
    torch.testing.assert_close(slerp(a, b, 0.5), torch.tensor([[1.0, 2.0], [1.5, 3.0], [0.0, 0.0], [0.0, 0.0]]))


@pytest.mark.parametrize("kind", [Painting, Styled])
def test_codes_make_what_sampling_makes(kind: type, tmp_path: Path):
    system = kind()
    inputs = draw(system, 6, seed=3)
    wanted = system.sample(6, 3)["image"]
    torch.testing.assert_close(make(system, inputs), wanted)
    save_codes(tmp_path / "a" / "codes.safetensors", inputs, {"seed": 3})
    torch.testing.assert_close(make(system, load_codes(tmp_path / "a" / "codes.safetensors", system)), wanted)


def test_codes_alone_are_enough(tmp_path: Path):
    path, system = tmp_path / "codes.safetensors", Styled()
    inputs = draw(system, 4, seed=3)
    wanted = make(system, inputs)
    for name in ("z", "w"):
        save_codes(path, {name: inputs[name]}, {"step": 5})
        torch.testing.assert_close(make(system, load_codes(path, system)), wanted)
    assert facts_of(path) == {"step": 5}
    with pytest.raises(ValueError, match="holds no codes for this run: there is no entry z"):
        load_codes(path, Painting())


def test_codes_of_another_system_are_refused(tmp_path: Path):
    save_codes(tmp_path / "codes.safetensors", draw(Painting(), 2, 0), {})
    with pytest.raises(ValueError, match="belongs to another run: z has shape"):
        load_codes(tmp_path / "codes.safetensors", Styled())
    (tmp_path / "words.safetensors").write_text("words")
    with pytest.raises(ValueError, match="can't be read"):
        load_codes(tmp_path / "words.safetensors", Styled())
    with pytest.raises(ValueError, match="no latent space"):
        draw(build("gan", dim=2), 2, 0)


def test_a_cell_has_coarse_styles_of_its_row_and_fine_ones_of_its_column():
    """A Styled paints its first row of pixels by the first style, its last by the last."""
    system = Styled()
    inputs = draw(system, 5, seed=0)
    grid = crossed(system, inputs, 2, coarse=1).unflatten(0, (3, 4))
    sources = make(system, inputs)
    assert (grid[0, 0] == 1).all()
    torch.testing.assert_close(grid[0, 1:], sources[2:])
    torch.testing.assert_close(grid[1:, 0], sources[:2])
    torch.testing.assert_close(grid[2, 3, 0, 0], sources[1, 0, 0])
    torch.testing.assert_close(grid[2, 3, 0, 1:], sources[4, 0, 1:])
    assert coarse_styles(10, None) == 3
    with pytest.raises(ValueError, match="--coarse: 3 was given; possible: 1 to 2"):
        coarse_styles(3, 3)


def test_without_styles_a_cell_is_halfway_on_the_arc():
    system = Painting()
    inputs = draw(system, 2, seed=0)
    half = slerp(inputs["z"][:1], inputs["z"][1:], 0.5)
    torch.testing.assert_close(crossed(system, inputs, 1)[3:], make(system, {"z": half}))


def test_arithmetic_on_means_keeps_the_usual_length():
    system = Painting()
    inputs = draw(system, 64, seed=0)
    z = inputs["z"]
    result = combine(system, inputs, [[0, 1], [2]], [[3]])["z"]
    wanted = (z[0] + z[1]) / 2 + z[2] - z[3]
    assert torch.cosine_similarity(result[0], wanted, dim=0) == pytest.approx(1.0)
    assert result.norm() == pytest.approx(5**0.5, rel=0.1)
    around = neighbours(system, {"z": result})["z"]
    assert around.shape == (9, 5)
    torch.testing.assert_close(around[0], result[0])
    assert 0.05 < (around[1:] - result).abs().max() < 0.3


def test_arithmetic_on_styles_is_plain():
    system = Styled()
    inputs = draw(system, 4, seed=0)
    w = inputs["w"]
    torch.testing.assert_close(combine(system, inputs, [[0, 1]], [[2]])["w"][0], (w[0] + w[1]) / 2 - w[2])
