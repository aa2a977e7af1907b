"""The domain: what a multi-node parallel setup is made of, as plain frozen data.

Every value may be known, left out (``None``) or ``UNKNOWN``. Values stand as they were written,
right or wrong: the rules say what is wrong with them.
"""
