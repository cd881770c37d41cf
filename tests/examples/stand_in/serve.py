"""`python serve.py model.onnx`: onnxruntime for a program in another language, over standard input and output.

One JSON line first: {"outputs": names, "metadata": texts}; then one line for each line
{name: {"type": "float32", "dims": [...], "bytes": [...]}}, of the same form. What is refused: {"error": text}.
"""

import json
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime


def tensor(array: np.ndarray) -> dict[str, Any]:
    return {"type": str(array.dtype), "dims": array.shape, "bytes": list(np.ascontiguousarray(array).tobytes())}


def array(tensor: Mapping[str, Any]) -> np.ndarray:
    return np.frombuffer(bytes(tensor["bytes"]), tensor["type"]).reshape(tensor["dims"])


def main(path: str) -> None:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    print(json.dumps({"outputs": names, "metadata": session.get_modelmeta().custom_metadata_map}), flush=True)
    for line in sys.stdin:
        feeds = {name: array(one) for name, one in json.loads(line).items()}
        results = session.run(None, feeds)
        print(json.dumps(dict(zip(names, map(tensor, map(np.asarray, results)), strict=True))), flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except Exception as error:  # the program tells it
        print(json.dumps({"error": str(error)}), flush=True)
