"""Values in the scripts that root runs at a node's start: one word each, whatever they contain."""

from __future__ import annotations

import shlex

from aws_cdk import Fn

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.tokens import is_list_token, is_token


def shell_word(value: str) -> str:
    """Return Bash text that stands for a value as exactly one word.

    A value that is known now is quoted. One that only deployment knows goes into the template as
    Base64, which has no character that means anything to a shell, and is decoded where the script
    runs: no parameter, export or attribute can end the word, whatever it holds.

    Raises:
        ArgumentError: The value has a null character, or is an element of a list that only
            deployment knows.
    """
    if "\0" in value:
        raise ArgumentError(f"{value[:40]!r} has a null character, which a command cannot contain")
    if not is_token(value):
        return shlex.quote(value)
    if is_list_token(value):
        raise ArgumentError(
            "an element of a list that is known only at deployment cannot be used in a script; "
            "select it with Fn.select first"
        )
    return f'"$(base64 --decode <<< {Fn.base64(value)})"'
