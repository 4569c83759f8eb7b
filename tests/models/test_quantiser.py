import torch
from torch import Tensor

from hourglass.models.quantiser import DEAD, DECAY, Quantiser


def draws(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def quantiser(codes: int = 5, width: int = 3) -> Quantiser:
    torch.manual_seed(0)
    return Quantiser(codes, width)


def test_each_vector_gets_its_nearest_entry() -> None:
    model, vectors = quantiser(), torch.randn(4, 6, 3, generator=draws())
    distances = (vectors[:, :, None] - model.codebook).square().sum(-1)
    assert model.nearest(vectors).equal(distances.argmin(-1))
    assert model(vectors).equal(model.codebook[distances.argmin(-1)])


def test_entries_are_their_own_nearest() -> None:
    model = quantiser()
    assert model.nearest(model.codebook).tolist() == [0, 1, 2, 3, 4]
    assert model(model(model.codebook)).equal(model.codebook)


def test_the_gradient_passes_straight_through() -> None:
    vectors, weights = torch.randn(7, 3, generator=draws()).requires_grad_(), torch.randn(7, 3, generator=draws(1))
    (quantiser()(vectors) * weights).sum().backward()
    assert vectors.grad is not None
    assert vectors.grad.equal(weights)


def test_entries_are_moving_averages_of_their_vectors() -> None:
    """By hand: counts n and sums m are averaged over the batches, and the entry is m / n."""
    model = Quantiser(2, 1)
    model.codebook.copy_(torch.tensor([[0.0], [10.0]]))
    model.share.copy_(torch.tensor([0.5, 0.5]))
    counts, sums = [0.5, 0.5], [0.0, 5.0]
    for batch in ([1.0, 2.0, 3.0, 12.0], [-1.0, 9.0, 11.0, 10.0]):
        model.follow(torch.tensor(batch)[:, None], draws())
        for entry, near in enumerate(([v for v in batch if v < 5], [v for v in batch if v > 5])):
            counts[entry] = DECAY * counts[entry] + (1 - DECAY) * len(near) / 4
            sums[entry] = DECAY * sums[entry] + (1 - DECAY) * sum(near) / 4
        torch.testing.assert_close(model.share, torch.tensor(counts))
        torch.testing.assert_close(
            model.codebook[:, 0], torch.tensor([m / n for m, n in zip(sums, counts, strict=True)])
        )


def test_the_codebook_finds_the_means_of_clusters() -> None:
    """Three tight clusters, three entries: each ends within a cluster's standard deviation of its mean."""
    means, model = 10 * torch.eye(3), quantiser(codes=3)
    generator = draws()
    for _ in range(600):
        near = means[torch.randint(3, (60,), generator=generator)]
        model.follow(near + 0.1 * torch.randn(near.shape, generator=generator), generator)
    assert torch.cdist(means, model.codebook).min(1).values.max() < 0.1
    assert model.nearest(means).unique().numel() == 3


def rows(vectors: Tensor) -> set[tuple[float, ...]]:
    return {tuple(row) for row in vectors.tolist()}


def test_dead_entries_restart_from_the_batch() -> None:
    model = quantiser(codes=4)
    model.share.copy_(torch.tensor([0.5, 0.5 * DEAD / 4, 0.5, DEAD / 4]))
    model.codebook.copy_(torch.tensor([0.0, 1e3, 2e3, 3e3])[:, None].expand(4, 3))
    vectors = torch.randn(9, 3, generator=draws())  # all nearest to entry 0
    model.follow(vectors, draws())
    assert rows(model.codebook[[1, 3]]) <= rows(vectors)
    assert not rows(model.codebook[[0, 2]]) & rows(vectors)
    torch.testing.assert_close(model.codebook[2], torch.full((3,), 2e3))
    torch.testing.assert_close(model.share[[1, 3]], torch.full((2,), DEAD / 4))


def test_restarts_depend_on_the_generator_alone() -> None:
    vectors, codebooks = torch.randn(50, 3, generator=draws(9)), []
    for seed, elsewhere in ((0, 1), (0, 2), (1, 1)):
        model = quantiser(codes=20)
        torch.manual_seed(elsewhere)
        model.follow(vectors, draws(seed))
        assert model.codebook.isfinite().all()
        codebooks.append(model.codebook)
    assert codebooks[0].equal(codebooks[1])
    assert not codebooks[0].equal(codebooks[2])
