"""Exported files on runtimes other than onnxruntime: which files each runs, refuses, or computes differently."""
