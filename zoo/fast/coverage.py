"""Which layers a fast kernel covers, and why it does not cover others."""

from typing import Any

import tensorflow as tf

from zoo.fast.kernels import Kernel


def why_not(layer: Any, kernel: Kernel) -> str | None:
    """Why a kernel does not run a layer, in a few words; None: the kernel runs it.

    Args:
        layer: Keras's layer of the kernel's cell, or a subclass of it.
        kernel: the kernel to run it.
    """
    if tf.config.list_physical_devices("GPU"):
        return "a GPU runs it"
    if layer.compute_dtype != "float32":
        return layer.compute_dtype
    if layer.unroll:
        return "unroll"
    if layer.recurrent_dropout:
        return "recurrent_dropout"
    if not layer.use_bias:
        return "no bias"
    for option, value in kernel.built_in.items():
        if getattr(layer, option) != value:
            return option
    if layer.dropout == 1:
        return "dropout"  # of all inputs or none: Keras's cells differ in this case
    if getattr(layer, "use_cudnn", "auto") is True:
        return "use_cudnn"
    if layer.dropout and getattr(layer.cell, "implementation", 2) == 1:
        return "implementation"  # a dropout mask for each gate
    return None
