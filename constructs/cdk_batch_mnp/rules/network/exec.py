"""Rules about the way of ECS Exec to Systems Manager."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import WARNING, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.reach.answers import Answer, Blocked, Hop
from cdk_batch_mnp.model.reach.interfaces import task_interface
from cdk_batch_mnp.model.reach.services import reach_service
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.network.reachable import FIXES, reachable_from

_SERVICE = "ssmmessages"


@rule(
    Candidate,
    "MNP425",
    "Tasks with ECS Exec reach Systems Manager",
    severity=WARNING,
    why="The SSM agent in a container calls ssmmessages on TCP port 443 through the interface of "
    "the task, which has no public IP address. If it cannot reach it, no command can be run in "
    "the container.",
    fix="Use a subnet with a NAT gateway, or add an interface endpoint for ssmmessages.",
    source=sources.ecs("ecs-exec"),
)
def exec_reaches(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Follows the way from the tasks of jobs with enableExecuteCommand, as MNP420 does.

    Skips subnets from which instances do not even reach Amazon ECS.
    """
    environment = candidate.environment
    if all(group.allows_exec is not True for group in candidate.definition.known_node_groups):
        return
    blocked = {answer for answer in _answers(environment) if isinstance(answer, Blocked)}
    for obstacle in sorted(blocked, key=lambda answer: answer.because):
        is_group = obstacle.hop is Hop.EGRESS
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / ("securityGroupIds" if is_group else "subnets"),
            message=f"tasks with ECS Exec do not reach {_SERVICE}: {obstacle.because}",
            actual=f"{obstacle.resource}: {obstacle.hop}"
            if obstacle.resource
            else str(obstacle.hop),
            expected=f"a way to {_SERVICE} on TCP port 443",
            fix=FIXES[obstacle.hop],
        )


def _answers(environment: ComputeEnvironment) -> list[Answer]:
    # Many jobs may run in the same environment.
    if __name__ not in environment.computed:
        environment.computed[__name__] = [
            reach_service(task_interface(environment, subnet), _SERVICE)
            for subnet in reachable_from(environment).registering
        ]
    answers: list[Answer] = environment.computed[__name__]
    return answers
