"""Canonical form of a traced program: what it computes, whatever its operations are called.

A program is plain data, so this module needs no TensorFlow: graphs by name, of which `MAIN` is run and the others are
functions that operations call. Two programs have the same hash if one becomes the other by renaming operations,
functions and variables and by listing them in another order.
"""

import collections
import hashlib
import typing

MAIN = ""
# Says where an operation was made, or what it is called, and not what it does.
IGNORED = frozenset(("_class", "_gradient_op_type", "_output_shapes", "container", "shared_name"))


class Node(typing.NamedTuple):
    """One operation. Two operations without inputs that have the same `op` and `attributes` are told apart by use."""

    op: str
    attributes: typing.Dict[str, str] = {}
    inputs: typing.Sequence[typing.Tuple[str, str]] = ()  # operation and which of its outputs, in order
    controls: typing.Sequence[str] = ()  # operations that run before, in any order
    calls: typing.Dict[str, str] = {}  # which functions it calls, by what for


class Graph(typing.NamedTuple):
    """Operations by name, which outputs of which are returned, and which run besides."""

    nodes: typing.Dict[str, Node]
    outputs: typing.Sequence[typing.Tuple[str, str]]
    controls: typing.Sequence[str] = ()


def program_of(graph_def, outputs, controls, leaves):
    """Program of TensorFlow's GraphDef with its library of functions.

    Parameters
    ----------
    graph_def : GraphDef
    outputs : list of str
        Tensors that are returned, as `name` or `name:index`.
    controls : list of str
        Operations that run besides.
    leaves : dict
        What stands for each input of the graph: its name in `graph_def`, and a pair of `op` and `attributes`.
    """
    nodes = {node.name: _node_of(node) for node in graph_def.node}
    for name, (op, attributes) in leaves.items():
        nodes[name] = nodes[name]._replace(op=op, attributes=attributes)
    program = {MAIN: Graph(nodes, [_tensor(name) for name in outputs], controls)}
    for function in graph_def.library.function:
        program[function.signature.name] = _graph_of(function)
    return {name: alive(graph) for name, graph in program.items()}


def alive(graph):
    """The part of a graph that its outputs and its other effects need."""
    kept, waiting = {}, [name for name, _ in graph.outputs] + list(graph.controls)
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept[name] = graph.nodes[name]
            waiting += [source for source, _ in kept[name].inputs]
            waiting += kept[name].controls
    return graph._replace(nodes=kept)


def operations(program, name=MAIN):
    """Count a program's operations by type; a function's as often as it is called."""
    found = collections.Counter()
    for node in program[name].nodes.values():
        found[node.op] += 1
        for function in node.calls.values():
            found.update(operations(program, function))
    return dict(sorted(found.items()))


def sha256(program, name=MAIN):
    """Canonical hash of a program.

    Every operation gets a colour: first a hash of what it is, then again and again a hash of its own colour and those
    of its neighbours, until no more operations can be told apart (Weisfeiler and Leman 1968). Inputs count in their
    order, operations that must run before or that use a result as a set. What is told apart only by a symmetry of the
    graph stays equal, and so do graphs that this refinement cannot tell apart, such as two regular ones.
    """
    graph, inner = program[name], _Hashes(program)
    users = collections.defaultdict(list)
    for user, node in graph.nodes.items():
        for place, (source, port) in enumerate(node.inputs):
            users[source].append((user, place, port))
    colours = {
        at: _hash(node.op, sorted(node.attributes.items()), sorted((key, inner[f]) for key, f in node.calls.items()))
        for at, node in graph.nodes.items()
    }
    n_colours = 0
    while n_colours < len(set(colours.values())):
        n_colours = len(set(colours.values()))
        colours = {
            at: _hash(
                colours[at],
                [(colours[source], port) for source, port in node.inputs],
                sorted({colours[control] for control in node.controls}),
                sorted((colours[user], place, port) for user, place, port in users[at]),
            )
            for at, node in graph.nodes.items()
        }
    returned = [(colours[source], port) for source, port in graph.outputs]
    return _hash(sorted(colours.values()), returned, sorted({colours[control] for control in graph.controls}))


class _Hashes(dict):
    """Hash of each function of a program, made when it is asked for."""

    def __init__(self, program):
        super().__init__()
        self._program = program

    def __missing__(self, name):
        self[name] = sha256(self._program, name)
        return self[name]


def _hash(*parts):
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _graph_of(function):
    """Graph of TensorFlow's FunctionDef."""
    arguments = enumerate(function.signature.input_arg)
    nodes = {argument.name: Node("Argument", {"index": str(index)}) for index, argument in arguments}
    nodes.update((node.name, _node_of(node)) for node in function.node_def)
    outputs = [_tensor(function.ret[result.name]) for result in function.signature.output_arg]
    return Graph(nodes, outputs, sorted(function.control_ret.values()))


def _node_of(node):
    """Node of TensorFlow's NodeDef."""
    values = {key: value for key, value in node.attr.items() if key not in IGNORED}
    functions = {key: _functions(value) for key, value in values.items()}
    return Node(
        node.op,
        {key: value.SerializeToString(deterministic=True).hex() for key, value in values.items() if not functions[key]},
        [_tensor(name) for name in node.input if not name.startswith("^")],
        [name[1:] for name in node.input if name.startswith("^")],
        {f"{key}:{place}": name for key, names in functions.items() for place, name in enumerate(names)},
    )


def _functions(value):
    """Names of the functions that an attribute's value names: one, a list of them, or none."""
    listed = [value.func] if value.WhichOneof("value") == "func" else value.list.func
    return [function.name for function in listed]


def _tensor(name):
    """Operation and output of a tensor's name; the first output may go without saying."""
    operation, _, port = name.partition(":")
    return operation, port or "0"
