"""Readers of downloads: one file for each kind, elements → dataclasses; no database, no network.

`document.py` opens a download and lists its records; the readers are named in `reporting/services/apply.py`.
"""
