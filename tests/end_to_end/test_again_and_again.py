"""The real CDK deploys to a stack's name that was used before: failed, fixed, destroyed, again."""

from __future__ import annotations

from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from cdk_batch_mnp_emulator.running import Server
from embedded import EmbeddedAws
from tests.end_to_end.assembly import STACK, write_assembly
from tests.end_to_end.toolkit import Toolkit

pytestmark = pytest.mark.clients


def state(aws: EmbeddedAws) -> tuple[str, str]:
    """The status of the stack, and the value that it keeps."""
    (stack,) = aws.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    try:
        value = aws.client("ssm").get_parameter(Name="/small")["Parameter"]["Value"]
    except ClientError:
        value = ""
    return str(stack["StackStatus"]), str(value)


def test_a_name_is_deployed_to_again(server: Server, aws: EmbeddedAws, tmp_path: Path) -> None:
    cdk, assembly = Toolkit(server, tmp_path), tmp_path / "small"

    def deploy(value: str, *, is_wrong: bool = False) -> tuple[str, str]:
        write_assembly(assembly, value, is_wrong=is_wrong)
        if is_wrong:
            assert "retentionInDays" in cdk.deploy_assembly(assembly, status=1)
        else:
            cdk.deploy_assembly(assembly)
        return state(aws)

    assert deploy("a", is_wrong=True) == ("ROLLBACK_COMPLETE", "")
    assert deploy("a") == ("CREATE_COMPLETE", "a")
    assert deploy("b", is_wrong=True) == ("UPDATE_ROLLBACK_COMPLETE", "a")
    assert deploy("b") == ("UPDATE_COMPLETE", "b")
    assert deploy("c") == ("UPDATE_COMPLETE", "c")
    cdk.destroy_assembly(assembly)
    with pytest.raises(ClientError, match="does not exist"):
        state(aws)
    assert deploy("d") == ("CREATE_COMPLETE", "d")
    aws.client("cloudformation").delete_stack(StackName=STACK)


def test_a_template_that_cannot_be_is_refused_and_leaves_no_stack(
    server: Server, aws: EmbeddedAws, tmp_path: Path
) -> None:
    assembly = write_assembly(tmp_path / "small", "a")
    template = assembly / f"{STACK}.template.json"
    template.write_text(template.read_text().replace('"a"', '{"Ref": "Nowhere"}'))
    said = Toolkit(server, tmp_path).deploy_assembly(assembly, status=1)
    assert "Unresolved resource dependencies [Nowhere] in the Resources block" in said
    with pytest.raises(ClientError, match="does not exist"):
        state(aws)
