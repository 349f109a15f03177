"""Tiny random model files, one or more for every architecture, written the same to the last byte
on every machine. `python -m tiny_models FOLDER` writes them all; see variants.py for the list."""
