"""Reading node groups as the API and as CloudFormation spell them."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.container import ContainerDependency
from cdk_batch_mnp.model.log_router import LogRouter
from cdk_batch_mnp.model.node_group import NodeGroup
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.role import Role
from tests.model.spelling import Spelled, both


@pytest.mark.parametrize(
    "spelled",
    both(
        {
            "targetNodes": "1:",
            "instanceTypes": ["p4d.24xlarge"],
            "ecsProperties": {
                "taskProperties": [
                    {
                        "taskRoleArn": "arn:task",
                        "executionRoleArn": "arn:execution",
                        "enableExecuteCommand": "true",
                        "containers": [
                            {
                                "name": "solver",
                                "image": "solver:1",
                                "dependsOn": [{"containerName": "monitor", "condition": "start"}],
                                "logConfiguration": {"logDriver": "awsfirelens"},
                                "readonlyRootFilesystem": True,
                            },
                            {
                                "name": "monitor",
                                "image": "monitor:1",
                                "firelensConfiguration": {"type": "fluentd"},
                                "startTimeout": "30",
                                "stopTimeout": 60,
                            },
                        ],
                    }
                ]
            },
        }
    ),
)
def test_a_node_range_of_several_containers_is_read(spelled: Spelled) -> None:
    group = NodeGroup.read(ApiStruct(spelled), PROPERTIES / "range")
    assert group.kinds == ("ecsProperties",)
    assert [container.name for container in group.known_containers] == ["solver", "monitor"]
    assert [str(container.path) for container in group.known_containers] == [
        "range.ecsProperties.taskProperties[0].containers[0]",
        "range.ecsProperties.taskProperties[0].containers[1]",
    ]
    assert group.job_role == Role(id="arn:task")
    assert group.execution_role == Role(id="arn:execution")
    assert group.instance_type == "p4d.24xlarge"
    assert group.allows_exec is True
    solver, monitor = group.known_containers
    assert solver.depends_on == (ContainerDependency(name="monitor", condition="START"),)
    assert (solver.log_driver, solver.log_router) == ("awsfirelens", None)
    assert (solver.read_only_root, monitor.read_only_root) == (True, None)
    assert monitor.log_router == LogRouter(type="fluentd")
    assert (monitor.start_timeout, monitor.stop_timeout) == (30, 60)


@pytest.mark.parametrize(
    "spelled",
    both(
        {
            "targetNodes": "0:",
            "eksProperties": {"podProperties": {"metadata": {"namespace": "solvers"}}},
        }
    ),
)
def test_a_node_range_of_eks_is_read(spelled: Spelled) -> None:
    group = NodeGroup.read(ApiStruct(spelled), PROPERTIES / "range")
    assert group.kinds == ("eksProperties",)
    assert group.namespace == "solvers"
    assert group.known_containers == ()
