"""What the rules call an error does not deploy on the embedded AWS, if the Batch API refuses it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from batch.requests import ROLE, Account, account_on
from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.rules.discovery import all_rules
from cdk_batch_mnp_emulator.api_model import input_shape, request_from_properties
from embedded import EmbeddedAws
from tests.corpus.changes import BASES, base
from tests.corpus.mutations import Mutation, mutations
from warm import WarmServer

AWS_TAKES = {
    "MNP101": "Spot behind a multi-node job: known only when the job is submitted",
    "MNP104": "pods and tasks: the definition names no queue",
    "MNP106": "room for the nodes: the job waits in RUNNABLE",
    "MNP107": "the type of the nodes: the job waits in RUNNABLE",
    "MNP117": "threads and sizes: the job waits in RUNNABLE",
    "MNP119": "a reservation elsewhere: EC2 refuses the instances",
    "MNP126": "the update policy: the environment is refused when it is updated",
    "MNP141": "the path of an image: the environment becomes INVALID",
    "MNP142": "a disabled environment: the job waits in RUNNABLE",
    "MNP144": "words of a launch template: EC2 rejects the template",
    "MNP147": "volumes of a launch template: EC2 refuses the instances",
    "MNP427": "networks of two VPCs: the environment becomes INVALID",
    "MNP428": "rules of a security group: EC2 refuses the second",
    "MNP205": "split over two environments: the job waits in RUNNABLE",
    "MNP210": "quota shares: AWS documents no refusal of the queue",
    "MNP221": "a disabled queue: known only when the job is submitted",
    "MNP312": "containers larger than the instance: the job waits in RUNNABLE",
    "MNP333": "options that the launcher rejects: nodes exit with status 78",
    "MNP334": "no secret of the launcher: nodes exit with status 78",
    "MNP335": "nodes without the launcher: the others wait for them",
    "MNP337": "the architecture of an image: containers do not start",
    "MNP345": "no log router, or no logs: ECS refuses the tasks",
    "MNP346": "options of the log router: ECS refuses the tasks",
    "MNP347": "no job role for ECS Exec: ECS refuses the tasks",
    "MNP349": "a name or a repetition: CloudFormation refuses it",
    "MNP350": "more consumable resources than there are: the job waits in RUNNABLE",
    "MNP365": "pods larger than the instance: the job waits in RUNNABLE",
    "MNP402": "two zones of a cluster placement group: EC2 refuses the instances",
    "MNP403": "a type without cluster placement: EC2 refuses the instances",
    "MNP405": "no way to the service endpoints: instances never register",
    "MNP408": "EFA traffic: nodes do not reach each other",
    "MNP409": "groups in both places: the environment becomes INVALID",
    "MNP410": "interfaces of a launch template: EC2 refuses the instances",
    "MNP412": "too few addresses: EC2 refuses the instances",
    "MNP413": "user data: the environment becomes INVALID",
    "MNP416": "the default security group: nodes do not reach each other",
    "MNP417": "EFA cards: EC2 refuses the instances",
    "MNP419": "user data: EC2 refuses the launch template",
    "MNP420": "no way to Amazon ECS: instances never register",
    "MNP421": "no way to images or logs: tasks do not start",
    "MNP422": "names of endpoints: instances never register",
    "MNP423": "no way to a file system: tasks do not start",
    "MNP424": "no way to a file system: user data fails",
    "MNP605": "trust of a role: tasks do not start",
    "MNP607": "trust of the service role: the environment becomes INVALID",
    "MNP608": "permissions of the service role: the environment becomes INVALID",
    "MNP609": "path of the service role: the environment becomes INVALID",
    "MNP611": "permissions of instances: they never register",
    "MNP613": "permissions for secrets: tasks do not start",
    "MNP614": "permissions of instances for images and logs: tasks do not start",
    "MNP615": "permissions for file systems: tasks do not start",
    "MNP616": "permissions for the key of volumes: instances do not start",
    "MNP617": "ARN of a managed policy: IAM refuses it",
    "MNP618": "ARN of a managed policy: IAM refuses it",
    "MNP619": "path of a job role: tasks do not start",
    "MNP622": "the configuration of a log router: tasks do not start",
    "MNP702": "overrides of one node: known only when the job is submitted",
    "MNP703": "the size of an array: known only when the job is submitted",
    "MNP704": "the number of nodes: known only when the job is submitted",
    "MNP705": "overrides of other nodes: known only when the job is submitted",
    "MNP706": "limits of a submission: known only when the job is submitted",
    "MNP708": "the share identifier: known only when the job is submitted",
}
"""Errors that AWS Batch takes, and that show only when instances or jobs start."""

CLOUDFORMATION_REFUSES = {"MNP143", "MNP145", "MNP222", "MNP341"}
"""Rules about names that the API does not have, so that no request can be made of them."""

UNSURE = {
    "MNP105 six groups at an interface",
    "MNP114 no NVIDIA driver",
    "MNP121 a profile without a role",
    "MNP121 a role for tasks",
    "MNP121 a profile with two roles",
    "MNP121 a profile with the ARN of its role",
    "MNP140 a VPC in place of a subnet",
    "MNP140 a version without its sign",
    "MNP140 another spread level",
    "MNP140 two subnets in one text",
    "MNP202 Spot behind On-Demand",
    "MNP203 another reason",
    "MNP306 twice the same",
    "MNP317 left out",
    "MNP343 a cycle",
    "MNP361 no containers",
    "MNP361 eleven images",
    "MNP362 no memory",
}
"""Changes of which AWS Batch documents no refusal, of rules whose other changes it refuses."""

OPERATIONS = {
    "AWS::Batch::SchedulingPolicy": ("CreateSchedulingPolicy", "Name"),
    "AWS::Batch::ComputeEnvironment": ("CreateComputeEnvironment", "ComputeEnvironmentName"),
    "AWS::Batch::JobQueue": ("CreateJobQueue", "JobQueueName"),
    "AWS::Batch::JobDefinition": ("RegisterJobDefinition", "JobDefinitionName"),
}
OF_CLOUDFORMATION = {
    "ReplaceComputeEnvironment",
    "ResourceRetentionPolicy",
    "UpdatePolicy",
    "UpdateToLatestImageVersion",
}
PROFILES = ("instance-profile/nodes", "eksInstanceRole", "ecsInstanceRole")
NETWORK = {"Subnets": "subnet", "SecurityGroupIds": "group"}
ERRORS = [
    mutation
    for mutation in mutations()
    if {rule.id: rule.severity for rule in all_rules()}[mutation.rule] is Severity.ERROR
    and mutation.rule not in AWS_TAKES
    and mutation.rule not in CLOUDFORMATION_REFUSES
]
_NUMBERS = itertools.count(1)


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    with WarmServer() as server:
        yield account_on(EmbeddedAws(server.access))


class Deployment:
    """Batch's resources of a template, with what they name replaced by what exists."""

    def __init__(self, account: Account, template: Mapping[str, Any]) -> None:
        self._account = account
        self._template = template
        self._arns: dict[str, str] = {}

    def create(self) -> None:
        """Create the resources as CloudFormation does: policies, environments, queues, jobs."""
        for kind, (operation, name) in OPERATIONS.items():
            for logical_id, resource in self._template["Resources"].items():
                if resource["Type"] == kind:
                    properties = self._existing(resource.get("Properties", {}), "")
                    properties.setdefault(name, f"wrong-{next(_NUMBERS)}")
                    self._arns[logical_id] = self._send(operation, properties)

    def _send(self, operation: str, properties: dict[str, Any]) -> str:
        request = request_from_properties(input_shape("batch", operation), properties)
        names = self._account.client.meta.method_to_api_mapping
        method = next(python for python, api in names.items() if api == operation)
        answer = getattr(self._account.client, method)(**request)
        return str(next(value for key, value in answer.items() if key.lower().endswith("arn")))

    def _existing(self, value: Any, key: str) -> Any:
        names = self._account.names
        if key in NETWORK and not isinstance(value, list):
            return names[NETWORK[key]]
        if isinstance(value, list):
            return [self._existing(each, key) for each in value]
        if not isinstance(value, dict):
            is_profile = key == "InstanceRole" and str(value).endswith(PROFILES)
            return names["profile"] if is_profile else value
        if len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::")):
            return self._referenced(value, key)
        found = {
            name: self._existing(member, name)
            for name, member in value.items()
            if name not in OF_CLOUDFORMATION and name != "PlacementGroup"
        }
        named = {"LaunchTemplateId", "LaunchTemplateName"} & set(found.get("LaunchTemplate", {}))
        if len(named) == 1:  # it brings its groups, and this one has none
            found["LaunchTemplate"] = {"LaunchTemplateId": names["template"]}
            found.setdefault("SecurityGroupIds", [names["group"]])
        return found

    def _referenced(self, value: dict[str, Any], key: str) -> Any:
        named = value.get("Ref") or value.get("Fn::GetAtt", [""])[0]
        if named in self._arns:
            return self._arns[named]
        if named in self._template.get("Parameters", {}):
            return self._template["Parameters"][named]["Default"]
        kind = self._template["Resources"].get(named, {}).get("Type")
        if key == "InstanceRole" and kind == "AWS::IAM::InstanceProfile":
            return self._account.names["profile"]
        if key == "InstanceRole" or (kind == "AWS::IAM::Role" and "Ref" in value):
            return "a-role"
        if key in ("CredentialsParameter", "ValueFrom"):
            return "arn:aws:secretsmanager:us-east-1:123456789012:secret:token-1a2b3c"
        if key == "EksClusterArn":
            return "arn:aws:eks:us-east-1:123456789012:cluster/hpc"
        return ROLE


def refusal(account: Account, template: Mapping[str, Any]) -> str:
    try:
        Deployment(account, template).create()
    except ClientError as error:
        reported = error.response["Error"]
        return (
            reported["Message"]
            if reported["Code"] == "ClientException"
            else pytest.fail(str(reported))
        )
    return ""


@pytest.mark.parametrize("name", sorted(each.stem for each in BASES.glob("*.yaml")))
def test_a_right_setup_deploys(account: Account, name: str) -> None:
    assert refusal(account, base(name)) == ""


@pytest.mark.parametrize("mutation", ERRORS, ids=lambda each: f"{each.rule} {each.what}")
def test_a_wrong_setup_is_refused_unless_aws_takes_it(account: Account, mutation: Mutation) -> None:
    is_unsure = f"{mutation.rule} {mutation.what}" in UNSURE
    assert bool(refusal(account, mutation.template())) is not is_unsure


@pytest.mark.parametrize("rule", sorted(AWS_TAKES))
def test_what_aws_takes_and_does_not_run_is_taken_here_too(account: Account, rule: str) -> None:
    for mutation in mutations():
        if mutation.rule == rule and mutation.what not in REFUSED_ALL_THE_SAME:
            assert refusal(account, mutation.template()) == "", mutation.what


REFUSED_ALL_THE_SAME = {"Managed Instances"}
"""Changes that leave out what the API needs, of rules whose other changes AWS takes."""
