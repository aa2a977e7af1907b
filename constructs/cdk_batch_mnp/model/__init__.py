"""The domain model of multi-node parallel jobs, as frozen dataclasses.

Every value is known, not set (``None``) or ``UNKNOWN``. Values are kept as written, valid or not:
validating them is left to the rules.
"""
