"""Decisions only: values in, values out. No clock, no chance, no I/O, no log."""
