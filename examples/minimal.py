from aws_cdk import App, Duration, Stack
from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp import Launcher, MnpCluster, NodeContainer, NodeGroup

app = App()
stack = Stack(app, "Simulation")
vpc = ec2.Vpc(stack, "Vpc", max_azs=1)
cluster = MnpCluster(stack, "Cluster", vpc=vpc, instance_type="c5n.18xlarge", max_nodes=4)
solver = NodeContainer(
    image="123456789012.dkr.ecr.us-east-2.amazonaws.com/solver:1",
    command=["mpirun", "/opt/solver", "Ref::case"],
)
cluster.add_job(
    "Solver",
    node_groups=[NodeGroup("solver", ":", solver)],
    launcher=Launcher(mode="main"),
    parameters={"case": "s3://cases/cavity"},
    timeout=Duration.hours(12),
)
app.synth()
