"""Programs that compare the zoo with other libraries, and write their results to docs/measured/.

Each is a package, run as `python -m benchmarks.<name>`; the modules of this package are shared.
"""
