"""Practices against what is expected for the people they have: measures, expectation, and how they compare.

A prompt to look, never a verdict: what differs mixes need that nobody recorded, coding, access and care.
"""
