"""One function a command: load, call, write. Words and exit codes are in ``cli``; how it is done is in the rooms above."""
