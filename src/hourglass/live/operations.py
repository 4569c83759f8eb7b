"""ATen operations in terms of the few that the report's page computes (reporting/templates/live/operations.js).

Shapes are known while a network is traced, so whatever only changes the shape is a `reshape`. An operation that has no
counterpart raises `UnsupportedError`: the network is left out of the page, which says why.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch.fx import Node

Settings = dict[str, Any]
Translated = tuple[str, Sequence[Any], Settings]

RESHAPES = {
    *("alias", "clone", "contiguous", "detach", "dropout", "flatten", "reshape", "squeeze", "to", "unflatten"),
    *("unsqueeze", "view"),
}
UNARY = {"exp", "log", "relu", "sigmoid", "square"}


class UnsupportedError(Exception):
    """The page has no counterpart of an operation; the text says which."""


def translate(node: Node) -> Translated:
    """Name of the page's operation, its arguments (nodes or numbers), and its settings.

    Raises:
        UnsupportedError: there is none.
    """
    name = str(node.target).removeprefix("aten.").split(".")[0]
    if name == "<built-in function getitem>":
        return _part(node)
    given = _arguments(node)
    if name in RESHAPES:
        _require(not given.get("train"), node)
        return "reshape", [given["self" if "self" in given else "input"]], {"shape": shape(node)}
    if name in UNARY:
        return name, [given["self"]], {}
    if name in TRANSLATIONS:
        return TRANSLATIONS[name](node, given)
    raise UnsupportedError(f"operation {name}")


def shape(node: Node) -> list[int]:
    """Shape of what the node returns."""
    return [int(side) for side in node.meta["val"].shape]


def _arguments(node: Node) -> dict[str, Any]:
    """The arguments of an ATen operation by name, defaults included."""
    schema: Any = node.target
    parameters = schema._schema.arguments
    given = {one.name: one.default_value for one in parameters if one.has_default_value()}
    given |= {one.name: value for one, value in zip(parameters, node.args, strict=False)}
    return given | dict(node.kwargs)


def _require(holds: bool, node: Node) -> None:
    if not holds:
        raise UnsupportedError(f"operation {node.target} with these settings")


def _part(node: Node) -> Translated:
    """One of the parts that `chunk` makes of a tensor."""
    chunks, number = node.args
    assert isinstance(chunks, Node)  # noqa: S101 (what getitem takes)
    assert isinstance(number, int)  # noqa: S101
    given = _arguments(chunks)
    dim = given["dim"] % given["self"].meta["val"].dim()
    start = sum(int(part.shape[dim]) for part in chunks.meta["val"][:number])
    return "slice", [given["self"]], {"dim": dim, "start": start, "shape": shape(node)}


def _slice(node: Node, given: Settings) -> Translated:
    _require(given["step"] == 1, node)
    start = given["start"] or 0
    return "slice", [given["self"]], {"dim": _dim(given), "start": start, "shape": shape(node)}


def _select(node: Node, given: Settings) -> Translated:
    return "slice", [given["self"]], {"dim": _dim(given), "start": given["index"], "shape": shape(node)}


def _dim(given: Settings) -> int:
    return int(given["dim"]) % int(given["self"].meta["val"].dim())


def _permute(node: Node, given: Settings) -> Translated:
    dims = list(range(given["self"].meta["val"].dim()))
    if "dims" in given:
        dims = [dim % len(dims) for dim in given["dims"]]
    elif "dim0" in given:
        first, second = (given[end] % len(dims) for end in ("dim0", "dim1"))
        dims[first], dims[second] = dims[second], dims[first]
    else:
        dims.reverse()
    return "permute", [given["self"]], {"dims": dims}


def _binary(name: str) -> Callable[[Node, Settings], Translated]:
    def translated(node: Node, given: Settings) -> Translated:
        _require(given.get("alpha", 1) == 1, node)
        return name, [given["self"], given["other"]], {}

    return translated


def _reduction(name: str) -> Callable[[Node, Settings], Translated]:
    """A sum or mean over the last dimensions, or one over any dimensions of which the others have size 1."""

    def translated(node: Node, given: Settings) -> Translated:
        sides = given["self"].meta["val"].shape
        dims = {dim % len(sides) for dim in given["dim"] or range(len(sides))}
        return name, [given["self"]], {"dims": sorted(dims), "shape": shape(node)}

    return translated


def _convolution(name: str) -> Callable[[Node, Settings], Translated]:
    def translated(node: Node, given: Settings) -> Translated:
        plain = given["groups"] == 1 and set(given["dilation"]) == {1} and not any(given.get("output_padding", [0]))
        _require(plain and not isinstance(given["padding"], str), node)
        stride, padding = (_pair(given[key]) for key in ("stride", "padding"))
        settings = {"stride": stride, "padding": padding, "shape": shape(node)}
        return name, [given["input"], given["weight"], *_bias(given)], settings

    return translated


def _pair(sides: Sequence[int]) -> list[int]:
    return [*sides, *sides][:2]


def _bias(given: Settings) -> list[Node]:
    return [] if given["bias"] is None else [given["bias"]]


def _linear(node: Node, given: Settings) -> Translated:
    return "linear", [given["input"], given["weight"], *_bias(given)], {}


def _matmul(node: Node, given: Settings) -> Translated:
    other = given["other" if "other" in given else "mat2"]
    _require(other.meta["val"].dim() == 2, node)
    return "matmul", [given["self"], other], {}


def _gelu(node: Node, given: Settings) -> Translated:
    _require(given["approximate"] == "none", node)
    return "gelu", [given["self"]], {}


def _attention(node: Node, given: Settings) -> Translated:
    plain = given["attn_mask"] is None and not given["is_causal"] and not given["dropout_p"] and given["scale"] is None
    _require(plain, node)
    return "attention", [given[name] for name in ("query", "key", "value")], {}


def _layer_norm(node: Node, given: Settings) -> Translated:
    _require(len(given["normalized_shape"]) == 1, node)
    return "layer_norm", [given[name] for name in ("input", "weight", "bias")], {"eps": given["eps"]}


def _rows(node: Node, given: Settings) -> Translated:
    """Rows of a tensor by their numbers."""
    _require(len(given["indices"]) == 1, node)
    return "rows", [given["self"], given["indices"][0]], {"shape": shape(node)}


def _one_hot(node: Node, given: Settings) -> Translated:
    return "one_hot", [given["self"]], {"shape": shape(node)}


def _cat(node: Node, given: Settings) -> Translated:
    tensors = list(given["tensors"])
    dim = given["dim"] % tensors[0].meta["val"].dim()
    return "cat", tensors, {"dim": dim, "shape": shape(node)}


def _argmin(node: Node, given: Settings) -> Translated:
    _require(given["dim"] in (-1, given["self"].meta["val"].dim() - 1), node)
    return "argmin", [given["self"]], {"shape": shape(node)}


def _pad(node: Node, given: Settings) -> Translated:
    _require(given["mode"] == "constant" and not given["value"], node)
    before, after = list(given["pad"][::2]), list(given["pad"][1::2])
    if not any(before + after):
        return "reshape", [given["self"]], {"shape": shape(node)}
    # From the last dimension to the first.
    missing = [0] * (len(shape(node)) - len(before))
    return "pad", [given["self"]], {"before": [*missing, *before[::-1]], "shape": shape(node)}


def _average(node: Node, given: Settings) -> Translated:
    kernel = _pair(given["kernel_size"])
    settings = {"kernel": kernel, "stride": _pair(given["stride"] or kernel), "padding": _pair(given["padding"])}
    _require(given["divisor_override"] is None, node)
    counted = given["count_include_pad"] and not given["ceil_mode"]
    _require(bool(counted) or not any(settings["padding"]), node)
    return "average", [given["self"]], {**settings, "padded": bool(counted), "shape": shape(node)}


def _clamp(node: Node, given: Settings) -> Translated:
    return "clamp", [given["self"]], {"min": given["min"], "max": given["max"]}


def _zeros(node: Node, given: Settings) -> Translated:
    return "zeros", [], {"shape": shape(node)}


TRANSLATIONS: Mapping[str, Callable[[Node, Settings], Translated]] = {
    **{name: _binary(name) for name in ("add", "sub", "mul", "div")},
    **{name: _reduction(name) for name in ("sum", "mean")},
    **{name: _convolution(name) for name in ("conv2d", "conv_transpose2d")},
    **dict.fromkeys(("numpy_T", "permute", "t", "transpose"), _permute),
    **dict.fromkeys(("matmul", "mm"), _matmul),
    "argmin": _argmin,
    "avg_pool2d": _average,
    "cat": _cat,
    "clamp": _clamp,
    "gelu": _gelu,
    "index": _rows,
    "layer_norm": _layer_norm,
    "linear": _linear,
    "one_hot": _one_hot,
    "pad": _pad,
    "scaled_dot_product_attention": _attention,
    "select": _select,
    "slice": _slice,
    "zeros": _zeros,
}
