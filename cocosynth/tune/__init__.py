"""Tune by eye: a page on this machine that shows scenes again as the configuration changes."""
