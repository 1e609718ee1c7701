"""The correctness card: `python -m benchmarks.correctness`: a soak of real processes, the proofs of the tests, one page."""
