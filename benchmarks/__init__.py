"""How fast Kitabu is, next to the bare parts it is made of: `make bench`, or `python -m benchmarks NAME...`."""
