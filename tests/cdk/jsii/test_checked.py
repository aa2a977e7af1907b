"""Arguments are checked once, whichever construct they are passed through."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp import (
    ArgumentError,
    LustreMount,
    MnpJobQueue,
    NodeContainer,
    NodeGroup,
)
from cdk_batch_mnp.cdk.eks import options as eks_options
from cdk_batch_mnp.cdk.environments import options as environment_options
from cdk_batch_mnp.cdk.jobs import log_group, submission_options
from cdk_batch_mnp.cdk.jobs import options as job_options
from tests.cdk.apps import add_cluster, add_definition, add_job, container, new_stack


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("max_node", "max_nodes"),
        ("security_group", "security_groups"),
        ("stuck_jobs_timeout", "stuck_job_timeout"),
        ("log_retentions", "log_retention"),
        ("root_volume_size_gib", "root_volume_size"),
        ("max_vcpus", "max_nodes"),
    ],
)
def test_an_unknown_argument_of_a_cluster_names_the_nearest_one(misspelt: str, meant: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        add_cluster(new_stack(), "Cluster", **{misspelt: 1})
    assert isinstance(refused.value, TypeError)
    assert refused.value.path == "Platform/Cluster"
    assert refused.value.problem == f"there is no argument {misspelt!r}; did you mean {meant!r}?"


def test_an_unknown_argument_of_a_job_has_the_path_of_the_job() -> None:
    stack = new_stack()
    message = "there is no argument 'evaluate_on_exit'; did you mean 'retry_strategies'?"
    with pytest.raises(ArgumentError, match=r"^Platform/Cluster/Solve: there") as refused:
        add_job(add_cluster(stack), evaluate_on_exit=[])
    assert refused.value.problem == message
    with pytest.raises(ArgumentError, match=r"^Platform/Alone: there") as refused:
        add_definition(stack, "Alone", evaluate_on_exit=[])
    assert refused.value.problem == message


@pytest.mark.parametrize(
    ("old", "new"), [("memory_mib", "memory"), ("shared_memory_mib", "shared_memory_size")]
)
def test_an_unknown_argument_of_a_container_names_the_nearest_one(old: str, new: str) -> None:
    with pytest.raises(ArgumentError) as refused:
        container(**{old: 1024})
    assert str(refused.value) == (
        f"NodeContainer: there is no argument {old!r}; did you mean {new!r}?"
    )


def test_an_argument_that_resembles_none_lists_all() -> None:
    with pytest.raises(ArgumentError) as refused:
        LustreMount(zzz=1)  # type: ignore[call-arg]
    assert str(refused.value) == (
        "Lustre at '/fsx': there is no argument 'zzz'; there is file_system, mount_name, path, "
        "read_only"
    )


def test_a_missing_argument_has_the_path_too() -> None:
    stack = new_stack()
    with pytest.raises(ArgumentError, match=r"^Platform/Queue: .*'compute_environments'"):
        MnpJobQueue(stack, "Queue")  # type: ignore[call-arg]
    with pytest.raises(ArgumentError, match=r"^NodeContainer: .*'image'"):
        NodeContainer()  # type: ignore[call-arg]


def test_a_problem_deep_in_a_job_has_the_path_of_the_job_once() -> None:
    cluster = add_cluster(new_stack(), instance_type="x9.huge", vcpus_per_node=8)
    groups = [NodeGroup("all", ":", container())]
    with pytest.raises(ArgumentError) as refused:
        add_job(cluster, node_groups=groups)
    assert refused.value.path == "Platform/Cluster/Solve: node group 'all', container 'all'"
    assert refused.value.problem.startswith("memory is left out")


def test_a_slash_in_an_id_is_shown_as_the_cdk_writes_it() -> None:
    with pytest.raises(ArgumentError, match=r"^Platform/A--B: "):
        add_cluster(new_stack(), "A/B", max_nodes="4", vpc=None)


def documented_options() -> list[tuple[str, str, str]]:
    """Class, name and docstring of every option, as the sources have them."""
    found = []
    for module in (environment_options, eks_options, job_options, log_group, submission_options):
        for node in ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name.endswith("Options"):
                for member, below in zip(node.body, [*node.body[1:], ast.Pass()], strict=True):
                    if isinstance(member, ast.AnnAssign):
                        text = ast.unparse(below) if isinstance(below, ast.Expr) else ""
                        found.append((node.name, ast.unparse(member.target), text))
    return found


@pytest.mark.parametrize(("kind", "name", "text"), documented_options())
def test_every_option_documents_its_default(kind: str, name: str, text: str) -> None:
    assert "Default: " in text


def test_every_documentation_of_an_option_stands_once() -> None:
    texts = [text for _, _, text in documented_options()]
    assert len(texts) > 70
    assert [text for text in texts if texts.count(text) > 1] == []


MISSPELT = """
from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp import (
    MnpCluster, MnpEksComputeEnvironment, MnpSubmitJob, NodeContainer, NodeGroup
)

stack = Stack(App(), "Stack")
vpc = ec2.Vpc(stack, "Vpc")
cluster = MnpCluster(stack, "C", vpc=vpc, instance_type="c5.large", max_nodes=1, lustres=[])
cluster.add_job("J", node_groups=[], timeouts=None)
cluster.add_job("K", node_groups=[], retry_attempts="3")
NodeGroup("all", ":", NodeContainer(image="x", vcpus="1"))
MnpEksComputeEnvironment(
    stack, "E", cluster="c", namespace="n", vpc=vpc, instance_type="c5.large", max_nodes=1,
    root_volume_sizes=None,
)
MnpSubmitJob.jsonata(stack, "S", job_name="s", job_queue=cluster.job_queue, timeouts=None)
MnpSubmitJob.jsonata(stack, "T", job_name="t", job_queue=cluster.job_queue)
"""


# The stubs of the CDK alone take mypy a minute.
CONFIGURATION = """
[mypy]
strict = true
[mypy-aws_cdk.*]
follow_imports = skip
"""


# What mypy knows of the library and of its imports stays for the next run of the tests.
CACHE = Path(__file__).parents[3] / ".mypy_cache" / "misspelt"
MYPY = (sys.executable, "-m", "mypy", f"--cache-dir={CACHE}")


def test_mypy_names_a_misspelt_keyword(tmp_path: Path) -> None:
    app = tmp_path / "misspelt_app.py"
    app.write_text(MISSPELT)
    configuration = tmp_path / "mypy.ini"
    configuration.write_text(CONFIGURATION)
    ran = subprocess.run(
        [*MYPY, f"--config-file={configuration}", str(app)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert 'Unexpected keyword argument "lustres" for "MnpCluster"' in ran.stdout
    assert 'Unexpected keyword argument "timeouts" for "add_job" of "ClusterJobs"' in ran.stdout
    assert 'Argument "retry_attempts" to "add_job" of "ClusterJobs" has' in ran.stdout
    assert 'Argument "vcpus" to "NodeContainer" has incompatible type "str"' in ran.stdout
    assert 'Unexpected keyword argument "root_volume_sizes" for "MnpEks' in ran.stdout
    assert 'Unexpected keyword argument "timeouts" for "jsonata" of "MnpSubmitJob"' in ran.stdout
    assert 'Missing named argument "job_definition" for "jsonata" of "MnpSubmitJob"' in ran.stdout
    assert "Found 7 errors" in ran.stdout


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("instance_types", "set one instance_type, because all nodes are alike"),
        ("spot", "Spot Instances cannot run multi-node jobs"),
        ("use_optimal_instance_classes", "set one instance_type"),
    ],
)
def test_an_argument_of_the_cdks_constructs_says_what_to_do_instead(name: str, hint: str) -> None:
    with pytest.raises(ArgumentError, match=f"there is no argument '{name}'; {hint}"):
        add_cluster(new_stack(), "Cluster", **{name: 1})


@pytest.mark.parametrize("instance_type", ["optimal", "c5n"])
def test_a_family_of_instance_types(instance_type: str) -> None:
    with pytest.raises(ArgumentError, match=r"must be one exact type such as 'c5n\.18xlarge'"):
        add_cluster(new_stack(), "Cluster", instance_type=instance_type)


def test_a_node_group_without_a_name() -> None:
    incomplete: Any = {"container": container()}
    with pytest.raises(ArgumentError, match=r"^node group: missing a required argument: 'name'$"):
        NodeGroup(**incomplete)


def test_a_grant_to_what_gets_no_permissions() -> None:
    stack = new_stack()
    cluster: Any = add_cluster(stack)
    for grantee, shown in (("role", "'role'"), (stack, "a Stack")):
        with pytest.raises(ArgumentError) as refused:
            cluster.grant_submit(grantee)
        assert str(refused.value) == (
            f"Platform/Cluster: grant_submit: grantee must be an iam.IGrantable, got {shown}; "
            "pass what gets the permissions, such as a role, a user or a Lambda function"
        )
