"""Quote values in the scripts that run as root when a node starts."""

from __future__ import annotations

import shlex

from aws_cdk import Fn

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.tokens import is_list_token, is_token


def shell_word(value: str) -> str:
    """Return Bash source that expands to a value as exactly one word.

    A value that is known at synthesis is quoted. A value that is only known at deployment is
    written to the template as Base64, which has no characters that are special to a shell, and
    decoded by the script. So no parameter, export or attribute can break out of the word.

    Raises:
        ArgumentError: The value has a null character, or is an element of a list that is only known
            at deployment.
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
