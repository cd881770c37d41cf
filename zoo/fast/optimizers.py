"""Adam and AdamW that update each weight in one pass over memory, where Keras composes a dozen operations.

With large embeddings the update is a large part of a step: all rows have momentum, so all rows change at every step.
"""

from typing import Any, cast

import keras
import tensorflow as tf

#: The rows of a sparse gradient are divided by the decay; below this limit, rounding would lose too much.
SMALLEST_DECAY = 0.5


@keras.saving.register_keras_serializable("zoo")
class Adam(keras.optimizers.Adam):
    """`keras.optimizers.Adam` in one pass: TensorFlow's own operation, with the same formula.

    https://www.tensorflow.org/api_docs/python/tf/raw_ops/ResourceApplyAdam
    It computes 1 - beta in float32, Keras in Python's float: an update differs by a relative 7e-6 with Keras's
    defaults. A gradient of another type or shape than its variable is left to Keras.
    """

    def update_step(self, gradient: Any, variable: Any, learning_rate: tf.Tensor) -> None:
        """Updates one variable and its momenta; `gradient` may be sparse.

        The rows of a sparse gradient are added to the momenta in advance, divided by the decay that follows. Rows that
        occur more than once are squared one by one, as in Keras.
        """
        small = min(self.beta_1, self.beta_2) < SMALLEST_DECAY
        if self.amsgrad or variable.dtype != tf.float32 or small or not _matches(gradient, variable):
            super().update_step(gradient, variable, learning_rate)
            return
        number = self._get_variable_index(variable)
        momentum, velocity = _handle(self._momentums[number]), _handle(self._velocities[number])
        if isinstance(gradient, tf.IndexedSlices):
            rows, values = gradient.indices, gradient.values
            momentum_factor, velocity_factor = (1 - self.beta_1) / self.beta_1, (1 - self.beta_2) / self.beta_2
            tf.raw_ops.ResourceScatterAdd(resource=momentum, indices=rows, updates=momentum_factor * values)
            tf.raw_ops.ResourceScatterAdd(resource=velocity, indices=rows, updates=velocity_factor * tf.square(values))
            gradient = tf.zeros(variable.shape)
        step = tf.cast(cast("Any", self.iterations) + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=_handle(variable),
            m=momentum,
            v=velocity,
            beta1_power=tf.pow(self.beta_1, step),
            beta2_power=tf.pow(self.beta_2, step),
            lr=tf.cast(learning_rate, tf.float32),
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


@keras.saving.register_keras_serializable("zoo")
class AdamW(Adam, keras.optimizers.AdamW):
    """`keras.optimizers.AdamW` in one pass."""


ONE_PASS = {keras.optimizers.Adam: Adam, keras.optimizers.AdamW: AdamW}


def fused(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """A one-pass optimizer with the same settings; the optimizer itself if its kind has no one-pass form."""
    kind = ONE_PASS.get(type(optimizer))
    return optimizer if kind is None else kind.from_config(optimizer.get_config())


def _matches(gradient: Any, variable: Any) -> bool:
    """Whether a gradient has its variable's type and shape; for a sparse one, Keras checks the shape."""
    if isinstance(gradient, tf.IndexedSlices):
        return gradient.dtype == tf.float32
    return isinstance(gradient, tf.Tensor) and gradient.dtype == tf.float32 and gradient.shape == variable.shape


def _handle(variable: Any) -> tf.Tensor:
    return (variable.value if isinstance(variable, keras.Variable) else variable).handle
