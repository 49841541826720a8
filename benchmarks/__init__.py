"""Measurements of speed and memory, and studies on the simulated economy. Run by ``make bench``, never by the tests."""
