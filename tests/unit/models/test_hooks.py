from collections import OrderedDict
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from dissection.errors import BadInputError, UnknownNameError
from dissection.models.hooks import LayerReading, edit, find_layer, observe, other_names
from support.hooks import watch_hooks


def network() -> nn.Sequential:
    """Nested, with an in-place ReLU behind each convolution as in torchvision's VGG."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        features = nn.Sequential(
            OrderedDict(
                conv1=nn.Conv2d(3, 4, 3, padding=1),
                relu1=nn.ReLU(inplace=True),
                conv2=nn.Conv2d(4, 5, 3, padding=1),
                relu2=nn.ReLU(inplace=True),
            )
        )
        return nn.Sequential(OrderedDict(features=features, pool=nn.AdaptiveAvgPool2d(1)))


X = torch.linspace(-1, 1, 2 * 3 * 4 * 4).view(2, 3, 4, 4)


@pytest.fixture
def hooks_left(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    return watch_hooks(monkeypatch)


def test_observed_values_are_the_layers_own_despite_in_place_relu() -> None:
    net = network()
    with observe(net, ["features.conv1", "features.relu1"]) as activations:
        net(X)
    raw = net.get_submodule("features.conv1")(X)
    assert (raw < 0).any()
    assert torch.equal(activations["features.conv1"], raw)
    assert torch.equal(activations["features.relu1"], raw.relu())
    assert list(activations) == ["features.conv1", "features.relu1"]


@pytest.mark.parametrize("edit_first", [True, False])
def test_observed_is_the_value_before_an_edit_even_in_place(edit_first: bool) -> None:
    net = network()
    raw = net.get_submodule("features.conv2")(net.get_submodule("features.conv1")(X).relu())

    def clear(x: Tensor) -> None:
        x.zero_()

    inner, outer = observe(net, ["features.conv2"]), edit(net, {"features.conv2": clear})
    with torch.no_grad():
        if edit_first:
            with outer, inner as activations:
                result = net(X)
        else:
            with inner as activations, outer:
                result = net(X)
    assert torch.equal(activations["features.conv2"], raw)
    assert not result.any()


def test_edits_change_the_output_and_stack_in_order_of_entering(
    hooks_left: Callable[[], int],
) -> None:
    net = network()
    with edit(net, {"pool": lambda x: x + 1}), edit(net, {"pool": lambda x: x * 10}):
        edited = net(X)
    assert torch.allclose(edited, (net(X) + 1) * 10)
    assert hooks_left() == 0


def test_gradients_flow_through_what_was_observed() -> None:
    net = network()
    with observe(net, ["features.conv1"]) as activations:
        score = net(X).sum()
    (gradient,) = torch.autograd.grad(score, activations["features.conv1"])
    assert gradient.shape == (2, 4, 4, 4)
    assert gradient.any()
    with observe(net, ["features.conv1"], detach=True) as activations:
        net(X)
    assert not activations["features.conv1"].requires_grad


def test_hooks_are_undone_after_errors(hooks_left: Callable[[], int]) -> None:
    net = network()

    def fail(x: Tensor) -> Tensor:
        raise KeyError("a bug")

    with pytest.raises(KeyError), observe(net, ["features"]), edit(net, {"pool": fail}):
        net(X)
    assert hooks_left() == 0
    with pytest.raises(UnknownNameError), edit(net, {"pool": fail, "absent": fail}):
        pass
    assert hooks_left() == 0


def test_stop_runs_nothing_behind_the_last_observed_layer(hooks_left: Callable[[], int]) -> None:
    net = network()
    later = []
    with (
        edit(net, {"features.relu2": later.append}),
        observe(net, ["features.relu1", "features.conv1"], stop=True) as activations,
    ):
        net(X)
        later.append(X)
    assert set(activations) == {"features.conv1", "features.relu1"}
    assert later == []
    assert hooks_left() == 0


@pytest.mark.parametrize("name", ["conv1", "", "features.conv5_3"])
def test_an_unknown_layer_lists_the_layers(name: str) -> None:
    with (
        pytest.raises(
            UnknownNameError,
            match=r"layers are features\.conv1, features\.relu1, features\.conv2, .*pool\.",
        ),
        observe(network(), [name]),
    ):
        pass


def test_a_layer_that_gives_no_tensor_is_refused(hooks_left: Callable[[], int]) -> None:
    net = nn.Sequential(nn.LSTM(3, 2))
    with pytest.raises(BadInputError, match="'0' gives a tuple, not a tensor"), observe(net, ["0"]):
        net(torch.zeros(1, 1, 3))
    assert hooks_left() == 0


class Twice(nn.Module):
    """One ReLU at three places, known by two names; each use has maps of another size."""

    def __init__(self) -> None:
        super().__init__()
        self.relu = nn.ReLU()
        self.again = self.relu
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        for _ in range(3):
            x = self.relu(self.pool(x) - 0.25)
        return x


@pytest.mark.parametrize("name", ["relu", "again"])
@pytest.mark.parametrize("stop", [False, True])
def test_the_last_use_is_seen_wherever_the_pass_ends(name: str, stop: bool) -> None:
    net, x = Twice(), torch.linspace(-1, 4, 64).view(1, 1, 8, 8)
    with observe(net, [name], stop=stop, readings={name: LayerReading(3)}) as activations:
        result = net(x)
    assert activations[name].shape == (1, 1, 1, 1)
    assert activations[name].item() == pytest.approx(4 - 0.75)
    assert stop or torch.equal(activations[name], result)


def test_the_last_use_is_changed_in_every_pass() -> None:
    net, x = Twice(), torch.linspace(-1, 4, 64).view(1, 1, 8, 8)
    sizes = []

    def add(maps: Tensor) -> Tensor:
        sizes.append(maps.shape[-1])
        return maps + 10

    with edit(net, {"relu": add}, readings={"relu": LayerReading(3)}):
        assert [net(x).item(), net(x).item()] == [pytest.approx(13.25)] * 2
    assert sizes == [1, 1]
    assert other_names(net, "relu") == ["again"]
    assert other_names(net, "pool") == []


def test_maps_with_units_last_are_turned_and_gradients_reach_them() -> None:
    net = nn.Sequential(nn.Identity(), nn.LayerNorm(5), nn.Linear(5, 1))
    x = torch.rand(2, 3, 4, 5, requires_grad=True)
    last = {"1": LayerReading(channels_last=True)}
    with observe(net, ["1"], readings=last) as activations:
        score = net(x).sum()
    assert torch.equal(activations["1"], net[1](x).permute(0, 3, 1, 2))
    (gradient,) = torch.autograd.grad(score, activations["1"])
    torch.testing.assert_close(gradient[1, :, 2, 3], net[2].weight[0])

    def clear(maps: Tensor) -> None:
        maps[:, 1] = 0

    with torch.no_grad(), edit(net, {"1": clear}, readings=last):
        changed = net(x)
    normed = net[1](x).clone()
    normed[..., 1] = 0
    torch.testing.assert_close(changed, net[2](normed))


def test_names_of_nested_layers_are_offered() -> None:
    with pytest.raises(UnknownNameError, match=r"did you mean .*features\.conv2"):
        find_layer(network(), "features.conv9x")
    with pytest.raises(UnknownNameError, match=r"did you mean .*features\.conv1"):
        find_layer(network(), "features.something_else")
    with pytest.raises(UnknownNameError, match=r"did you mean .*features\.conv1"):
        find_layer(network(), "conv1")
