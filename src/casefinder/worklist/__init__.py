"""The weekly list: scores, ranking, who is left out and why, what changed, files for a meeting, and its decisions."""
