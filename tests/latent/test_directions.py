from pathlib import Path

import pytest
import torch
from paintings import Normed, Painting, Styled, build
from torch import Tensor

from ganworks.latent import directions
from ganworks.latent.codes import draw, make
from ganworks.latent.layers import affine_readers, maps_read
from ganworks.latent.logistic import fit_logistic
from ganworks.registry import Unknown


def bright(images: Tensor) -> Tensor:
    """1 where the first pixel is above 0."""
    return (images[:, 0, 0, 0] > 0).long()


def test_logistic_regression_finds_weights_that_made_the_labels():
    torch.manual_seed(0)
    x = torch.randn(20_000, 3) * torch.tensor([1.0, 10.0, 0.1]) + 2
    weight = torch.tensor([1.0, -0.1, 5.0])
    yes = torch.rand(20_000) < ((x - 2) @ weight).sigmoid()
    found = fit_logistic(x, yes)
    torch.testing.assert_close(found.weight.float(), weight, rtol=0.1, atol=0.02)
    assert found.bias == pytest.approx(-2 * float(weight.sum()), rel=0.1)


def test_logistic_regression_of_sides_that_can_be_told_apart_and_of_unequal_numbers():
    x = torch.arange(100.0)[:, None]
    found = fit_logistic(x, torch.arange(100) >= 90)
    assert (found.logits(x[90:]) > 0).all()
    assert (found.logits(x[:80]) < 0).all()


@pytest.mark.parametrize("kind", [Painting, Normed])
def test_sefa_finds_the_singular_vectors(kind: type):
    """Also where z is brought to one length before the weights read it."""
    system = kind()
    found = directions.by_sefa(system, 3)
    for number, direction in enumerate(found):
        assert abs(direction.vector @ system.axes[:, number]) == pytest.approx(1, abs=1e-3)
        assert direction.facts["gain"] == pytest.approx(float(system.gains[number]), rel=1e-3)
        assert direction.deviation == pytest.approx(1, rel=0.1)


def test_the_layers_that_read_z_are_found_in_any_net():
    matrix, curved = affine_readers(build("dcgan"), draw(build("dcgan"), 16, 0), "z")
    torch.testing.assert_close(matrix, build("dcgan").G.project.weight.detach(), rtol=1e-4, atol=1e-4)
    assert curved == "G.hidden.0.0"  # it reads what batch norm and ReLU left
    conditional = build("cgan", classes=3)
    matrix, _ = affine_readers(conditional, draw(conditional, 16, 0), "z")
    whole = conditional.G.net.project.weight.detach()  # z, then the label
    torch.testing.assert_close(matrix, whole[:, : matrix.shape[1]], rtol=1e-4, atol=1e-4)
    in_place = build("gan", size=8, channels=1)  # its ReLUs overwrite what the layers made
    matrix, curved = affine_readers(in_place, draw(in_place, 16, 0), "z")
    torch.testing.assert_close(matrix, in_place.G.layers[0].weight.detach(), rtol=1e-4, atol=1e-4)


def test_maps_are_found_by_their_shape():
    system = build("dcgan")
    assert list(maps_read(system, draw(system, 1, 0)).values()) == [["G.hidden.0.0"], ["G.last"]]


def test_looking_changes_nothing():
    """Not even the power iteration of spectral norm, which goes on when a weight is computed in training."""
    system = build("biggan", classes=3)
    before = {name: value.clone() for name, value in system.state_dict().items()}
    directions.by_sefa(system, 2)
    after = system.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert system.training


def test_components_of_styles():
    """w is z stretched along the axes by 4, 2 and 1."""
    found = directions.by_pca(Styled(), 3)
    for number, direction in enumerate(found):
        assert abs(direction.vector[number]) == pytest.approx(1, abs=0.02)
        assert direction.deviation == pytest.approx([4, 2, 1][number], rel=0.1)
        assert direction.facts["share"] == pytest.approx([16 / 21, 4 / 21, 1 / 21][number], rel=0.1)


@pytest.mark.parametrize("num", [200, 40])
def test_components_of_activations_come_back_to_z(num: int):
    """With more samples than activations (128) and with fewer; an untrained net has no first direction: any will do."""
    found = directions.by_pca(build("dcgan"), 3, num=num)
    assert found[0].facts["layer"] == "G.hidden.0.0"
    assert found[0].vector.shape == (100,)
    assert found[0].vector.norm() == pytest.approx(1, abs=1e-4)
    assert found[0].facts["share"] > found[2].facts["share"] > 0


def test_there_are_no_more_components_than_what_varies():
    """5 samples, and 3 styles, of which one is always 0."""
    found = directions.by_pca(build("dcgan"), 10, num=5)
    assert len(found) == 4
    assert all(direction.vector.isfinite().all() for direction in found)
    flat = Styled()
    flat.stretch.data[2] = 0.0
    assert len(directions.by_pca(flat, 10)) == 2
    flat.stretch.data.zero_()
    with pytest.raises(ValueError, match="w is the same for all samples"):
        directions.by_pca(flat, 10)


def test_labels_show_a_direction_and_how_sure_it_is():
    system = Painting()
    dark, light = directions.by_labels(system, bright, ["dark", "light"], num=2000)
    way = system.first.weight[0].detach()
    assert torch.cosine_similarity(light.vector, way, dim=0) > 0.98
    assert torch.cosine_similarity(dark.vector, way, dim=0) < -0.98
    assert light.facts["accuracy"] > 0.95
    inputs = draw(system, 100, 7)
    shares = [bright(make(system, light.move(inputs, s))).double().mean() for s in (-3, 0, 3)]
    assert shares[0] < 0.05 < shares[1] < 0.95 < shares[2]


def test_labels_that_have_nothing_to_do_with_codes_are_by_chance():
    torch.manual_seed(0)
    found = directions.by_labels(Painting(), lambda images: torch.randint(2, (len(images),)), ["a", "b", "c"], num=4000)
    assert [direction.name for direction in found] == ["a", "b"]  # no code is a c
    assert found[0].facts["accuracy"] == pytest.approx(0.5, abs=0.05)


def test_a_direction_in_a_file(tmp_path: Path):
    system = Styled()
    found = directions.by_pca(system, 1)[0]
    path = directions.Direction("T-shirt/top", "w", found.vector, found.deviation, {"share": 0.5}).save(tmp_path)
    assert path.name == "T-shirt-top.json"
    for name in ("T-shirt/top", "T-shirt-top", str(path)):
        back = directions.load(name, tmp_path, system)
        torch.testing.assert_close(back.vector, found.vector)
        assert (back.name, back.deviation, back.facts) == ("T-shirt/top", found.deviation, {"share": 0.5})
    with pytest.raises(Unknown, match="T-shirt-top"):
        directions.load("shirt", tmp_path, system)
    with pytest.raises(ValueError, match="the run has z of shape"):
        directions.load("T-shirt-top", tmp_path, Painting())
    (tmp_path / "broken.json").write_text("{}")
    with pytest.raises(ValueError, match="no direction"):
        directions.load("broken", tmp_path, system)


def test_sefa_of_styles_reads_all_that_styles_scale():
    """Directions are in w, and no noise or label gets into them."""
    system = build("stylegan2", classes=3)
    matrix, curved = affine_readers(system, draw(system, 16, 0), "w")
    assert matrix.shape[1] == 16
    assert len(matrix) > 16
    assert curved is not None
    assert directions.by_sefa(system, 2)[0].space == "w"
    assert directions.by_pca(system, 2, num=50)[0].facts["layer"] == "w"
