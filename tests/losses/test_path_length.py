import torch

from ganworks.losses.path_length import path_lengths


def test_of_a_linear_generator():
    """pictures = A w: the expected squared length is |A|^2 / (H W), by the trace of A A^T."""
    torch.manual_seed(0)
    matrix = torch.randn(8 * 8, 5)
    w = torch.randn(4096, 1, 5, requires_grad=True)
    pictures = (w[:, 0] @ matrix.t()).view(-1, 1, 8, 8)
    lengths = path_lengths(pictures, w, torch.randn_like(pictures))
    torch.testing.assert_close(lengths.square().mean(), matrix.square().sum() / 64, rtol=0.03, atol=0.0)


def test_layers_that_share_a_length_have_that_length_in_the_mean():
    """Each of L styles moves the picture alone by the same matrix."""
    torch.manual_seed(0)
    w = torch.randn(6, 3, 5, requires_grad=True)
    noise = torch.randn(6, 1, 2, 2)
    matrix = torch.randn(5, 4)
    lengths = path_lengths((w.sum(1) @ matrix).view(-1, 1, 2, 2), w, noise)
    torch.testing.assert_close(lengths, (noise.flatten(1) / 2 @ matrix.t()).norm(dim=1))


def test_the_length_has_a_gradient_with_respect_to_what_made_the_pictures():
    """pictures = a w: the length is |a| |noise| / sqrt(H W), and grows with a."""
    scale = torch.tensor(3.0, requires_grad=True)
    w, noise = torch.randn(2, 1, 4, requires_grad=True), torch.randn(2, 1, 2, 2)
    lengths = path_lengths((scale * w).view(2, 1, 2, 2), w, noise)
    torch.testing.assert_close(lengths, 3 * noise.flatten(1).norm(dim=1) / 2)
    (slope,) = torch.autograd.grad(lengths.sum(), scale)
    torch.testing.assert_close(slope, noise.flatten(1).norm(dim=1).sum() / 2)
