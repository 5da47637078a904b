"""The real product, started and looked at from outside: what the kill test and the benchmarks stand on."""
