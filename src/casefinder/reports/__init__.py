"""Reports: one file a report; tables and words, no sums."""
