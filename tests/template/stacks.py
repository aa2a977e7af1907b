"""Templates in YAML, read for the tests: what they are written with."""

from __future__ import annotations

from textwrap import dedent, indent

from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.evaluation.stack import Stack
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.readers.setup import read_setup
from cdk_batch_mnp.template.source.document import Document, read_document


def document(text: str) -> Document:
    return read_document(dedent(text).encode(), "template.yaml")


def stacks(*texts: str, options: Options | None = None) -> Stacks:
    """Stacks that are read together, one for each text."""
    together = Stacks(options)
    for number, text in enumerate(texts):
        Stack(document(text), together, prefix=f"Stack{number}" if len(texts) > 1 else "")
    return together


def setup(*texts: str, options: Options | None = None) -> MnpSetup:
    together = stacks(*texts, options=options)
    found = read_setup(together)
    assert together.problems == []
    return found


def environment(text: str, *, written: str = "") -> ComputeEnvironment:
    """The environment of a template, made of resources and what the environment says of them."""
    whole = f"""
Resources:
{indent(dedent(text), "  ")}
  Environment:
    Type: AWS::Batch::ComputeEnvironment
    Properties:
      Type: MANAGED
      ComputeResources:
        Type: EC2
{indent(dedent(written), "        ")}
"""
    (found,) = setup(whole).compute_environments
    return found
