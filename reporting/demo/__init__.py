"""Demonstration data: invented people, papers and filings, so that the first minute shows every state.

All names, numbers and images are made up; the identity numbers have a valid check digit and belong to nobody.
"""
