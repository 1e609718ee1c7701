"""Search: what was typed may be a name or part of it, its pinyin initials, a number, a certificate, a domain or an address.

Every search is bounded, however many rows there are and however common the words: see `finding.py`.
"""
