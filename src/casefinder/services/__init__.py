"""Did a service help? Matched evaluation of a service: protocol, design, sign-off, effect.

The design reads nothing that happened to a person from their time zero on: who was served, features and the run-up before
it. Only a design that somebody signed off is followed up (``followed``), and its effects worked out (``effects``).
"""
