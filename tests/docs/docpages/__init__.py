"""Reads the pages of the documentation and runs what stands in them."""
