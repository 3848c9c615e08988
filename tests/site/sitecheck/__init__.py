"""Builds sites, and reads built ones as a browser would."""
