"""What the text of user data shows, and what it may do beyond that."""

from __future__ import annotations

import re

from cdk_batch_mnp.model.launch_template import UNKNOWN_PART
from cdk_batch_mnp.model.unknown import Maybe, has_value

_COMMENT = r"(?m)^[ \t]*+#(?!!|include).*$"
_ELSEWHERE = r"""(?xmi)
      \b(?:https?|s3|ftp)://               # downloaded from an address
    | \b(?:curl|wget|git|scp|rsync)\b
    | ^\#include                           # a cloud-init include
    | \baws[ \t]                           # an AWS command: Systems Manager, S3, ...
    | \bcfn-init\b | \bansible | \bchef | \bpuppet | \bsalt-call
    | \b(?:ba|z|k)?sh[ \t]+[^\s-]          # a script of the image or of a mounted file system
    | \bpython[0-9.]*[ \t] | \bperl[ \t]
    | (?:^|[;&|])[ \t]*+(?:source|\.|eval|exec)[ \t]
    | (?:^|[;&|])[ \t]*+(?:sudo[ \t]++)?+[./~$][^\s=;&|]*+(?:[\s;&|]|$)
    | \bbase64\b | \bb64\b | \bgzip\b | \bgunzip\b
    """


def commands_of(text: str) -> str:
    """Return a script without its comment lines."""
    return re.sub(_COMMENT, "", text)


def runs_code_from_elsewhere(text: str) -> bool:
    """Return whether user data may do something that its text does not show.

    It may if a part of the text is unknown, or if it downloads, decodes or runs other files.
    Programs without a path are assumed to be the operating system's.
    """
    return (
        UNKNOWN_PART in text or "${Token[" in text or bool(re.search(_ELSEWHERE, commands_of(text)))
    )


def may_do(user_data: Maybe[str] | None, words: str) -> bool:
    """Return whether user data may contain one of some words, or run code that does."""
    if not has_value(user_data):
        return user_data is not None
    return runs_code_from_elsewhere(user_data) or bool(re.search(words, commands_of(user_data)))
