"""Monitoring: feeds, inputs, lists, matured outcomes, and alarms whose rate of false ones is stated.

Nothing here keeps a row of a person: what is written are counts, sums and figures by month, cluster and feed.
"""
