"""Latency of exported recurrent models: ours compared with other exporters and runtimes."""
