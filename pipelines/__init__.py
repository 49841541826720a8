"""One short script a job, each readable as a list of steps."""
