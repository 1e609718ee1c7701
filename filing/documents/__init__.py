"""The documents that requests carry: their shape, how they are read, told and compared.

`shape.py` is the small engine (text, number, image, list, block), `blocks.py` defines each block once,
`operations.py` says what each operation carries, `images.py` takes images out of a document, `own_ids.py` gives
records our numbers, `digest.py` names equal content, `paths.py` turns a path into words.
"""
