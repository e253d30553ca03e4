"""Benchmarks: what is measured, against whom, and how it is shown."""
