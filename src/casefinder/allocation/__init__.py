"""Person-based allocation: what people of each practice will need, its share of a pot, and the distance from today's budget.

The arithmetic takes arrays and gives numbers (``cost``, ``moments``, ``shares``, ``chance``); the rest reads a record.
"""
