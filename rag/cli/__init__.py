"""The command line `kitabu`."""
