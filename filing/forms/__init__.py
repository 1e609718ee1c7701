"""Between what a person typed and the document that a request carries.

`typed.py` holds what was typed as it was typed and turns any block into texts and back, `translation.py` does so for
an operation and knows what a form asks differently from its document, `looks.py` says how a field looks (hint,
width), `bound.py` joins all that for the templates, `hints.py` points result codes at fields, `unsaved.py` keeps
what could not be saved.
"""
