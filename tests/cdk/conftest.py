"""What the tests of the constructs start with."""

from __future__ import annotations

import os

# Before aws_cdk is imported: jsii hands the environment to Node when it starts it. Validating the
# first template takes the CDK seconds; test_builtin_validation.py keeps that on.
os.environ["CDK_VALIDATION"] = "false"
