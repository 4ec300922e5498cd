"""Data and decisions: no I/O, no clock, nothing that changes."""
