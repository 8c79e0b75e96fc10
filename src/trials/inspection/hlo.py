"""XLA's program, from the text that XLA prints of it."""

import re

from trials.inspection.graphs import MAIN, Graph, Node

INSTRUCTION = re.compile(
    r"\s+(?P<root>ROOT )?%?(?P<name>\S+) = (?P<shape>\(.*?\)|\S+) (?P<op>[a-z][\w-]*)(?P<rest>\(.*)"
)
COMPUTATION = re.compile(r"(?P<entry>ENTRY )?%?(?P<name>[^\s(]+) .*\{$")
COMMENT = re.compile(r"/\*.*?\*/")
ALIAS = re.compile(r"\{(\d+)\}: \((\d+),")  # an output that is the new value of a parameter
ARRAY = re.compile(r"(?P<type>[a-z]+\d*\w*)\[(?P<sizes>[\d,]*)\]")
BRACKETS = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
LITERALS = ("constant", "parameter", "iota")  # what stands in their brackets is no instruction
# Says where an instruction comes from, or how the work is shared among the cores of this machine.
IGNORED = ("backend_config", "frontend_attributes", "metadata", "parameter_replication")
ELEMENTWISE = frozenset(
    (
        *("abs", "add", "divide", "maximum", "minimum", "multiply", "negate", "remainder", "subtract"),
        *("cosine", "erf", "exponential", "exponential-minus-one", "log", "log-plus-one", "logistic", "power"),
        *("rsqrt", "sine", "sqrt", "tanh"),
    )
)


def program_of(text, n_inputs):
    """Program of the text of an HLO module, as `graphs` describes programs; XLA elides the values of large constants.

    Its first `n_inputs` parameters are inputs in order. The others are variables: these have no order, and each new
    value of one is an `update` of it.
    """
    program, name = {}, None
    for line in COMMENT.sub("", text).splitlines():
        opened, instruction = COMPUTATION.match(line), INSTRUCTION.match(line)
        if line.startswith("HloModule"):
            variables = {int(output): parameter for output, parameter in ALIAS.findall(line)}
        elif opened:
            name = MAIN if opened["entry"] else opened["name"]
            program[name] = Graph({}, [])
        elif instruction:
            program[name].nodes[instruction["name"]] = _node_of(instruction)
            if instruction["root"]:
                program[name].outputs.append((instruction["name"], "0"))
    program[MAIN] = _with_updates(program[MAIN], variables, n_inputs)
    return program


def _with_updates(main, variables, n_inputs):
    """The entry computation with variables in place of parameters; `variables` are those that an output updates."""
    nodes, names = dict(main.nodes), {}
    for name, node in main.nodes.items():
        if node.op == "parameter":
            names[node.attributes["value"]] = name
            if int(node.attributes["value"]) >= n_inputs:
                nodes[name] = node._replace(op="variable", attributes={"shape": node.attributes["shape"]})
    returned = nodes.pop(main.outputs[0][0])
    outputs = []
    for place, value in enumerate(returned.inputs):
        if place in variables:
            variable = names[variables[place]]
            nodes["update " + variable] = Node("update", nodes[variable].attributes, [(variable, "0"), value])
        else:
            outputs.append(value)
    return main._replace(nodes=nodes, outputs=outputs)


def flops(program, name=MAIN):
    """Count the floating-point operations of a program, None where it calls a library whose work is not known.

    Elementwise arithmetic and functions count one for each element of the result; a `dot` or `convolution` two, a
    multiplication and an addition, for each element of the result and each factor that is summed, of a convolution
    also where it reads padding; a reduction what its function counts, for each element that it takes away. Comparing,
    choosing, converting, moving and integers count nothing; a loop counts once.
    """
    nodes = program[name].nodes
    counts = [_flops_of(program, nodes, node) for node in nodes.values()]
    return None if None in counts else sum(counts)


def _flops_of(program, nodes, node):
    shape = node.attributes["shape"]
    operands = [nodes[source].attributes["shape"] for source, _ in node.inputs]
    if node.op == "custom-call":
        return None
    if node.op == "dot":
        summed = map(int, re.findall(r"\d+", node.attributes["lhs_contracting_dims"]))
        return 2 * _elements(shape) * _product(_sizes(operands[0])[dimension] for dimension in summed)
    if node.op == "convolution":
        kernel = node.attributes["dim_labels"].split("_")[1].split("->")[0]
        factors = (size for size, label in zip(_sizes(operands[1]), kernel) if label != "o")
        return 2 * _elements(shape) * _product(factors)
    if node.op in ELEMENTWISE:
        return _elements(shape) if _is_floating(shape) else 0
    called = [flops(program, function) for function in node.calls.values()]
    if None in called:
        return None
    return sum(called) * _repetitions(node, shape, operands)


def _repetitions(node, shape, operands):
    """How often an instruction runs the functions that it calls."""
    if node.op == "reduce":
        return _elements(operands[0]) - _elements(shape)
    if node.op == "reduce-window":
        window = re.search(r"size=([\dx]+)", node.attributes["window"]).group(1)
        return _elements(shape) * (_product(map(int, window.split("x"))) - 1)
    if node.op == "select-and-scatter":
        return _elements(operands[1])
    if node.op == "map":
        return _elements(shape)
    return 1


def _node_of(instruction):
    inside, *settings = _split(instruction["rest"])
    attributes, calls, controls = {"shape": instruction["shape"]}, {}, []
    for setting in settings:
        key, _, value = setting.partition("=")
        named = re.findall(r"%([\w.-]+)", value)
        if key == "control-predecessors":
            controls = named
        elif named:
            calls.update({f"{key}:{place}": function for place, function in enumerate(named)})
        elif key not in IGNORED:
            attributes[key] = value
    inside = inside[1:-1]
    if instruction["op"] in LITERALS:
        return Node(instruction["op"], dict(attributes, value=inside))
    inputs = [(operand.split()[-1].lstrip("%"), "0") for operand in _split(inside) if operand]
    return Node(instruction["op"], attributes, inputs, controls, calls)


def _split(text):
    """Parts between the commas that stand in no brackets."""
    parts, depth, quoted = [""], 0, False
    for character in text:
        quoted ^= character == '"'
        depth += 0 if quoted else BRACKETS.get(character, 0)
        if character == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _elements(shape):
    """Number of elements of an array, or of the first of several."""
    return _product(_sizes(shape))


def _sizes(shape):
    return [int(size) for size in ARRAY.search(shape)["sizes"].split(",") if size]


def _is_floating(shape):
    return ARRAY.search(shape)["type"].startswith(("f", "bf"))


def _product(numbers):
    product = 1
    for number in numbers:
        product *= number
    return product
