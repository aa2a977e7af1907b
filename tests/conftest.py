"""What every test process starts with."""

from __future__ import annotations

import os

# Validating its first template takes the CDK seconds, and tests hold templates against the schemas
# of CloudFormation themselves. One test of the reference app keeps the CDK's own validation on.
os.environ["CDK_VALIDATION"] = "false"
# Node 20 works, and says at every start that it is past its end of life.
os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "18,20,22")
