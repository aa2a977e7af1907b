"""A flow of Metaflow with a step that runs on the four nodes of a job."""

from metaflow import FlowSpec, Parameter, batch, current, environment, parallel, step
from node_sum import sum_over_nodes


class SumFlow(FlowSpec):
    factor = Parameter("factor", default=10)

    @step
    def start(self):
        self.next(self.work, num_parallel=4)

    # The image has boto3 and requests; a node cannot install them without the internet.
    @environment(vars={"METAFLOW_SKIP_INSTALL_DEPENDENCIES": "1"})
    @batch(cpu=2, memory=1024)
    @parallel
    @step
    def work(self):
        nodes = current.parallel
        print(f"node {nodes.node_index} of {nodes.num_nodes}")
        self.total = sum_over_nodes(self.factor * (nodes.node_index + 1))
        self.next(self.join)

    @step
    def join(self, inputs):
        self.total = max(each.total for each in inputs)  # that of the main node
        self.next(self.end)

    @step
    def end(self):
        print(f"the sum is {self.total}")


if __name__ == "__main__":
    SumFlow()
