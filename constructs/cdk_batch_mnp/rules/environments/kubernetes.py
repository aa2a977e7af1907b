"""Rules about compute environments on Amazon EKS."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.node_group import NODE_RANGES
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.unknown import has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.jobs.node_groups import MAX_NAMESPACE_LENGTH, is_allowed_namespace

_CONFIGURATION = PROPERTIES / "eksConfiguration"


@rule(
    ComputeEnvironment,
    "MNP161",
    "A compute environment on Amazon EKS has a namespace and an allocation strategy",
    severity=ERROR,
    why="AWS Batch manages the pods of the environment in one Kubernetes namespace, which must not "
    "be default or start with kube-. On Amazon EKS, there is no default allocation strategy.",
    fix="Set eksConfiguration.kubernetesNamespace to a dedicated namespace, and allocationStrategy "
    "to BEST_FIT_PROGRESSIVE.",
    source=sources.api("EksConfiguration"),
)
def namespace_and_strategy(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Compares the namespace with the documented pattern, and looks for a strategy."""
    if environment.is_eks is not True:
        return
    name = environment.namespace
    if name is None or (has_value(name) and not is_allowed_namespace(name, reserved="kube-")):
        yield Violation(
            resource=environment,
            property_path=_CONFIGURATION / "kubernetesNamespace",
            message="no namespace is set" if name is None else f"namespace {name!r} is not allowed",
            actual=name or "not set",
            expected=f"1 to {MAX_NAMESPACE_LENGTH} lower-case letters, digits and hyphens, not "
            "default and not starting with kube-",
        )
    if environment.type == "EC2" and environment.allocation_strategy is None:
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "allocationStrategy",
            message="no allocation strategy is set",
            actual="not set",
            expected="BEST_FIT_PROGRESSIVE",
        )


@rule(
    Candidate,
    "MNP162",
    "Pods run in the namespace of the compute environment",
    severity=WARNING,
    why="AWS Batch can use another namespace only if its role-based access control is the same as "
    "that of the environment's namespace. Otherwise no pod is created.",
    fix="Remove the namespace from the job definition: AWS Batch then uses that of the compute "
    "environment. If the other one has the same roles, acknowledge this rule.",
    source=sources.api("EksMetadata"),
)
def same_namespace(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the known namespaces of the node ranges with that of the environment."""
    environment = candidate.environment
    if environment.is_eks is not True or not has_value(environment.namespace):
        return
    names = {
        group.namespace
        for group in candidate.definition.known_node_groups
        if has_value(group.namespace)
    }
    # Several namespaces are an error of the definition itself: MNP322.
    if len(names) != 1 or environment.namespace in names:
        return
    (name,) = names
    yield Violation(
        resource=candidate.definition,
        property_path=NODE_RANGES,
        message=f"the pods run in namespace {name}, but {environment.id} manages "
        f"{environment.namespace}",
        actual=name,
        expected=environment.namespace,
    )
