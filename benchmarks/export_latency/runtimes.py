"""The runtimes: each function takes the case, its file and an input, and returns a function that runs one inference.

All run on the CPU in float32 with one thread, from numpy array to numpy array.
"""

from pathlib import Path

import numpy as np
import onnxruntime

from benchmarks.elsewhere import Elsewhere
from benchmarks.models import Case
from benchmarks.timing import Run
from benchmarks.weights import weights_of


def in_onnxruntime(case: Case, path: Path, x: np.ndarray) -> Run:
    """An onnxruntime session with one thread, which does not spin."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    feed = {session.get_inputs()[0].name: x}
    return lambda: np.asarray(session.run(None, feed)[0])


def in_openvino(case: Case, path: Path, x: np.ndarray) -> Run:
    """OpenVINO on the unchanged file, with a free batch size."""
    return _compiled(path, x, fixed=None)


def in_openvino_fixed(case: Case, path: Path, x: np.ndarray) -> Run:
    """OpenVINO on the file, reshaped to the input's shape."""
    return _compiled(path, x, fixed=x.shape)


def _compiled(path: Path, x: np.ndarray, fixed: tuple[int, ...] | None) -> Run:
    """Compiles for float32, because OpenVINO computes by default in bfloat16 if the CPU supports it."""
    import openvino

    settings = {
        "INFERENCE_NUM_THREADS": 1,
        "INFERENCE_PRECISION_HINT": "f32",
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
    }
    core = openvino.Core()
    model = core.read_model(path)
    if fixed is not None:
        model.reshape(fixed)
    compiled = core.compile_model(model, "CPU", settings)
    request, output = compiled.create_infer_request(), compiled.output(0)
    return lambda: np.asarray(request.infer([x], share_inputs=True)[output])


def in_litert(case: Case, path: Path, x: np.ndarray) -> Run:
    """TensorFlow's LiteRT interpreter with its default delegate (XNNPACK)."""
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(model_path=str(path), num_threads=1)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    target = interpreter.get_output_details()[0]["index"]

    def run() -> np.ndarray:
        interpreter.set_tensor(source, x)
        interpreter.invoke()
        return interpreter.get_tensor(target)

    return run


def in_pytorch(case: Case, path: Path, x: np.ndarray) -> Run:
    """PyTorch's recurrent layers with the model's weights, in eager mode, in a separate process; reads no file."""
    return Elsewhere("benchmarks.export_latency.pytorch", weights_of(case), x)
