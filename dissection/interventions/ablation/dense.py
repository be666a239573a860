"""The fully connected end of a network, for very many rows that are alike.

Rows are of one picture with one or another unit replaced: most of what is behind a ReLU is zero in
all of them, and zero times a weight adds nothing. Those columns are left out of the products. That
changes the order of a sum, and nothing else.
"""

from collections.abc import Sequence

from torch import Tensor, fx, nn

#: Above this share of columns that are not zero it takes longer to leave the others out.
_DENSE = 0.85
#: Rows below which looking for them takes longer, too.
_FEW = 16


class Dense:
    """Activations and linear maps, one behind the other.

    Args:
        modules: ``nn.ReLU`` and ``nn.Linear``, in order.
    """

    def __init__(self, modules: Sequence[nn.Module]) -> None:
        self._modules = list(modules)
        self._transposed: dict[int, Tensor] = {}

    def __call__(self, rows: Tensor, *_: Tensor) -> Tensor:
        """Rows (M, F), which are changed, to logits (M, K)."""
        rectified = False
        for place, module in enumerate(self._modules):
            if isinstance(module, nn.ReLU):
                rows.relu_()
                rectified = True
            elif isinstance(module, nn.Linear):
                rows = self._product(rows, place, module) if rectified else module(rows)
                rectified = False
        return rows

    def _product(self, rows: Tensor, place: int, module: nn.Linear) -> Tensor:
        """A linear map of rows that are 0 or above."""
        # Elsewhere than on a CPU the question how many there are takes longer than the product.
        if rows.device.type == "cpu" and len(rows) >= _FEW:
            alive = (rows.amax(0) > 0).nonzero().flatten()
            if len(alive) < _DENSE * rows.shape[1]:
                weight = self._transposed.get(place)
                if weight is None:
                    weight = self._transposed[place] = module.weight.detach().t().contiguous()
                product = rows.index_select(1, alive) @ weight.index_select(0, alive)
                return product if module.bias is None else product.add_(module.bias)
        result: Tensor = module(rows)
        return result


def dense_chain(network: nn.Module, start: fx.Node, last: fx.Node) -> list[nn.Module] | None:
    """The modules from a linear map on, if they are ReLUs and linear maps only.

    Args:
        network: whose modules the graph names.
        start: the linear map, which is left out.
        last: the logits.
    """
    modules = dict(network.named_modules())
    chain: list[nn.Module] = []
    node = start
    while node is not last:
        if len(node.users) != 1:
            return None
        (node,) = node.users
        if node.op != "call_module" or len(node.all_input_nodes) != 1:
            return None
        module = modules[str(node.target)]
        if isinstance(module, nn.Dropout | nn.Identity):
            continue
        if not isinstance(module, nn.ReLU | nn.Linear):
            return None
        chain.append(module)
    return chain
