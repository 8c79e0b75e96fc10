"""The formulas of source 004, as it prints them, in NumPy. Nothing here knows Keras.

They are about one sample: x is a vector, W_k a matrix, b_k a vector, f_k a function of a vector. What the source writes
as a fraction is a Jacobian: dy/da of two vectors has the shape (y, a), dy/dW of a vector by a matrix (y, *W), and a dot
between two of them sums over what the left one is derived by and the right one is. So dL/dW has the shape of W.
"""

from collections import namedtuple

import numpy as np

Function = namedtuple("Function", ["value", "jacobian"])
Layer = namedtuple("Layer", ["w", "b", "f"])


def softmax(z):
    """Exponentials of a vector that sum to 1."""
    exponentials = np.exp(z - z.max())
    return exponentials / exponentials.sum()


IDENTITY = Function(lambda z: z, lambda z: np.eye(len(z)))
RELU = Function(lambda z: np.maximum(z, 0), lambda z: np.diag((z > 0).astype(z.dtype)))
TANH = Function(np.tanh, lambda z: np.diag(1 - np.tanh(z) ** 2))
SOFTMAX = Function(softmax, lambda z: np.diag(softmax(z)) - np.outer(softmax(z), softmax(z)))


def transformation(layer, x):
    """f(W · x + b)."""
    return layer.f.value(layer.w @ x + layer.b)


def by_input(layer, x):
    """Jacobian of f(W · x + b) by x, shape (m, n)."""
    return layer.f.jacobian(layer.w @ x + layer.b) @ layer.w


def by_weights(layer, x):
    """Jacobian of f(W · x + b) by W, shape (m, m, n)."""
    return np.multiply.outer(layer.f.jacobian(layer.w @ x + layer.b), x)


def by_bias(layer, x):
    """Jacobian of f(W · x + b) by b, shape (m, m)."""
    return layer.f.jacobian(layer.w @ x + layer.b)


def dot(*factors):
    """Chain rule: the product of Jacobians from left to right."""
    product = factors[0]
    for factor in factors[1:]:
        product = np.tensordot(product, factor, axes=1)
    return product


def loss(y, target):
    """Loss of one sample, the mean of its squared errors."""
    return np.mean((y - target) ** 2)


def loss_by_output(y, target):
    """dL/dy, shape (m,)."""
    return 2 * (y - target) / len(y)


def mean_loss(ys, targets):
    """Mean over the samples: L = 1/N sum of L(y_i, target_i)."""
    return sum(loss(y, target) for y, target in zip(ys, targets)) / len(ys)


def composition(layers, x):
    """Output of all layers, one after another: y = L_n ∘ … ∘ L_1(x)."""
    for layer in layers:
        x = transformation(layer, x)
    return x


def graph(layers, x):
    """y_1 = f_1(W_1 · x + b_1), y_2 = f_2(W_2 · y_1 + b_2), y = f_3(y_1, y_2), which reads both side by side.

    The same as a, b and y of the source's subclassed model.
    """
    y_1 = transformation(layers[0], x)
    y_2 = transformation(layers[1], y_1)
    return y_1, y_2, transformation(layers[2], np.concatenate([y_1, y_2]))


def linear_backpropagation(layers, x, target):
    """Gradients for a_1 = f_1(W_1 · x + b_1), y = f_2(W_2 · a_1 + b_2); the subclassed model calls a_1 x_1.

    dL/dW_2 = dL/dy · dy/dW_2 and dL/dW_1 = dL/dy · dy/da_1 · da_1/dW_1; the same for the biases.
    """
    first, second = layers
    a_1 = transformation(first, x)
    dl_dy = loss_by_output(transformation(second, a_1), target)
    dy_da_1 = by_input(second, a_1)
    return {
        "W_1": dot(dl_dy, dy_da_1, by_weights(first, x)),
        "b_1": dot(dl_dy, dy_da_1, by_bias(first, x)),
        "W_2": dot(dl_dy, by_weights(second, a_1)),
        "b_2": dot(dl_dy, by_bias(second, a_1)),
    }


def functional_backpropagation(layers, x, target):
    """Gradients for `graph`.

    dL/dW_2 = dL/dy · dy/dy_2 · dy_2/dW_2 and
    dL/dW_1 = dL/dy · (dy/dy_1 · dy_1/dW_1 + dy/dy_2 · dy_2/dy_1 · dy_1/dW_1); the same for the biases.
    """
    first, second, third = layers
    y_1, y_2, y = graph(layers, x)
    dl_dy = loss_by_output(y, target)
    dy_dy_1, dy_dy_2 = np.split(by_input(third, np.concatenate([y_1, y_2])), [len(y_1)], axis=1)
    dy_2_dy_1 = by_input(second, y_1)

    def summed(dy_1_dp):
        return dot(dl_dy, dot(dy_dy_1, dy_1_dp) + dot(dy_dy_2, dy_2_dy_1, dy_1_dp))

    return {
        "W_1": summed(by_weights(first, x)),
        "b_1": summed(by_bias(first, x)),
        "W_2": dot(dl_dy, dy_dy_2, by_weights(second, y_1)),
        "b_2": dot(dl_dy, dy_dy_2, by_bias(second, y_1)),
    }


def averaged(gradients):
    """Gradients of the mean loss, from every sample's."""
    return {name: sum(each[name] for each in gradients) / len(gradients) for name in gradients[0]}
