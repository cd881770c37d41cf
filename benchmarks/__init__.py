"""Programs that measure the zoo against its peers, and write what they find into docs/measured/.

Each is a package of its own, run as `python -m benchmarks.<name>`; what several share lies beside them.
"""
