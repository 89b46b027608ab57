"""The one command, ./strata. commands.py is where to start reading."""
