"""The prototype network and its losses against values worked out by hand."""

import math

import pytest
import torch

from pecmae.networks.prototypes import (
    PrototypeNetwork,
    PrototypeOutput,
    classification_loss,
    mean_squared_distance,
    pecmae_loss,
    prototype_loss,
)


def make_network(n_classes: int = 3, per_class: int = 2, dim: int = 4, adaptor: bool = False) -> PrototypeNetwork:
    """A network of random prototypes, weights and statistics."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = PrototypeNetwork(n_classes, per_class, dim, adaptor).eval()
        with torch.no_grad():
            network.prototypes.normal_()
            network.linear.weight.add_(0.1 * torch.randn_like(network.linear.weight))
            network.linear.bias.normal_()
        network.fit_normalisation(3 + 2 * torch.randn(50, dim))
    return network


def test_each_prototype_starts_connected_to_its_own_class_only() -> None:
    network = PrototypeNetwork(n_classes=3, prototypes_per_class=2, dim=4)
    assert network.prototype_labels().tolist() == [0, 0, 1, 1, 2, 2]
    assert network.linear.weight.tolist() == [[1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1]]
    assert network.linear.bias.tolist() == [0, 0, 0]


def test_distance_similarity_and_logits_are_the_papers() -> None:
    network = PrototypeNetwork(n_classes=2, prototypes_per_class=1, dim=2)
    network.mean.copy_(torch.tensor([1.0, 0.0]))
    network.std.copy_(torch.tensor([2.0, 0.5]))
    with torch.no_grad():
        network.prototypes.copy_(torch.tensor([[1.0, 2.0], [0.0, 4.0]]))
        network.linear.weight.copy_(torch.tensor([[1.0, -0.5], [0.25, 2.0]]))
        network.linear.bias.copy_(torch.tensor([0.1, -0.2]))
    output = network(torch.tensor([[5.0, 1.0]]))  # normalised: (2, 2)
    near, far = math.exp(-0.5), math.exp(-4.0)
    torch.testing.assert_close(output.distance, torch.tensor([[0.5, 4.0]]))  # (1 + 0) / 2 and (4 + 4) / 2
    torch.testing.assert_close(output.similarity, torch.tensor([[near, far]]))
    expected = torch.tensor([[near - 0.5 * far + 0.1, 0.25 * near + 2 * far - 0.2]])
    torch.testing.assert_close(output.logits, expected)


def test_matrix_form_of_the_distance_equals_the_definition() -> None:
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(7, 256, generator=generator), torch.randn(5, 256, generator=generator)
    by_definition = (x[:, None] - y[None]).square().mean(dim=-1)
    torch.testing.assert_close(mean_squared_distance(x, y), by_definition, atol=1e-5, rtol=1e-5)
    assert mean_squared_distance(x, x).min() >= 0


@pytest.mark.parametrize("adaptor", [False, True])
def test_contributions_and_bias_sum_to_the_logits(adaptor: bool) -> None:
    network = make_network(adaptor=adaptor)
    output = network(torch.randn(5, 4, generator=torch.Generator().manual_seed(0)))
    contributions = output.similarity[:, :, None] * network.linear.weight.T  # (B, M, C)
    torch.testing.assert_close(contributions.sum(dim=1) + network.linear.bias, output.logits, atol=1e-5, rtol=0)


def test_classification_loss_divides_logits_by_a_tenth() -> None:
    logits, labels = torch.tensor([[0.1, 0.0], [0.0, 0.2]]), torch.tensor([0, 0])
    expected = (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(2))) / 2
    assert classification_loss(logits, labels).item() == pytest.approx(expected, rel=1e-5)


def test_prototype_loss_takes_the_nearest_sample_of_the_own_class() -> None:
    distance = torch.tensor([[5.0, 1.0, 9.0, 0.1], [3.0, 2.0, 7.0, 0.2], [0.5, 0.5, 4.0, 6.0]])
    labels, prototype_labels = torch.tensor([0, 0, 1]), torch.tensor([0, 0, 1, 1])
    # Class 0 has the samples 0 and 1: 3 and 1. Class 1 has sample 2: 4 and 6. Nearer strangers don't count.
    assert prototype_loss(distance, labels, prototype_labels).item() == pytest.approx((3 + 1 + 4 + 6) / 4)


def test_a_prototype_without_samples_in_the_batch_counts_neither_in_value_nor_in_gradient() -> None:
    distance = torch.tensor([[5.0, 1.0, 9.0, 0.1], [3.0, 2.0, 7.0, 0.2]], requires_grad=True)
    loss = prototype_loss(distance, torch.tensor([0, 0]), torch.tensor([0, 0, 1, 1]))
    loss.backward()
    assert loss.item() == pytest.approx((3 + 1) / 2)
    assert distance.grad is not None
    assert distance.grad.tolist() == [[0, 0.5, 0, 0], [0.5, 0, 0, 0]]


def test_lambda_weighs_classification_against_prototypes() -> None:
    logits, distance = torch.tensor([[0.1, 0.0]]), torch.tensor([[2.0, 5.0]])
    output = PrototypeOutput(logits, torch.exp(-distance), distance)
    labels, prototype_labels = torch.tensor([0]), torch.tensor([0, 1])
    classification, prototype = math.log(1 + math.exp(-1)), 2.0
    loss = pecmae_loss(output, labels, prototype_labels, classification_weight=0.25)
    assert loss.classification.item() == pytest.approx(classification, rel=1e-5)
    assert loss.prototype.item() == pytest.approx(prototype)
    assert loss.total.item() == pytest.approx(0.25 * classification + 0.75 * prototype, rel=1e-5)


@pytest.mark.parametrize("adaptor", [False, True])
def test_weights_and_statistics_survive_saving(adaptor: bool) -> None:
    network = make_network(adaptor=adaptor)
    copy = PrototypeNetwork(3, 2, 4, adaptor).eval()
    copy.load_state_dict(network.state_dict())
    z = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(copy(z).logits, network(z).logits)
    torch.testing.assert_close(copy.decodable_prototypes(), network.decodable_prototypes())


@pytest.mark.parametrize("adaptor", [False, True])
def test_a_decodable_prototype_is_at_distance_zero_from_itself(adaptor: bool) -> None:
    """So what the decoder plays is, embedded raw, exactly what embeddings are compared with."""
    network = make_network(adaptor=adaptor)
    distance = network(network.decodable_prototypes()).distance
    torch.testing.assert_close(distance.diagonal(), torch.zeros(6), atol=1e-5, rtol=0)
    assert (distance + torch.eye(6) > 0.01).all()


def test_statistics_normalise_the_embeddings_that_they_are_from() -> None:
    scales = torch.tensor([1.0, 2, 4, 0])
    z = 3 + scales * torch.randn(500, 4, generator=torch.Generator().manual_seed(0))
    network = PrototypeNetwork(2, 1, 4)
    network.fit_normalisation(z)
    normalised = network.normalise(z)
    assert normalised.mean().item() == pytest.approx(0, abs=1e-5)
    assert normalised.std(unbiased=False).item() == pytest.approx(0.5)
    torch.testing.assert_close(normalised.std(dim=0) * scales[1], normalised.std(dim=0)[1] * scales, atol=0.05, rtol=0)
    torch.testing.assert_close(network.denormalise(normalised), z)


def test_equal_embeddings_are_normalised_to_finite_numbers() -> None:
    network = PrototypeNetwork(2, 1, 4)
    network.fit_normalisation(torch.full((5, 4), 7.0))
    torch.testing.assert_close(network.normalise(torch.full((1, 4), 7.0)), torch.zeros(1, 4))


def test_the_adaptor_moves_prototypes_one_by_one() -> None:
    network = make_network(adaptor=True)
    before = network.adapted_prototypes()
    assert (before - network.prototypes).abs().max() > 0.1
    with torch.no_grad():
        network.prototypes[0] += 1
    after = network.adapted_prototypes()
    assert (after[0] - before[0]).abs().max() > 1e-3
    torch.testing.assert_close(after[1:], before[1:])


def test_folding_the_temperature_leaves_distances_and_makes_the_loss_plain_cross_entropy() -> None:
    torch.manual_seed(0)
    network = PrototypeNetwork(3, 2, 4)
    with torch.no_grad():
        network.prototypes.normal_()
    z, labels = torch.randn(5, 4), torch.tensor([0, 1, 2, 0, 1])
    before = network(z)
    network.fold_temperature()
    after = network(z)
    torch.testing.assert_close(after.logits, before.logits / 0.1)
    assert torch.equal(after.distance, before.distance)
    expected = classification_loss(before.logits, labels)
    torch.testing.assert_close(torch.nn.functional.cross_entropy(after.logits, labels), expected)
