"""Exported files on other runtimes than onnxruntime: what each of them runs, refuses, and computes otherwise."""
