"""Queues of a setup: the one that takes the job, and others that cannot."""

from __future__ import annotations

from tests.rules.setups import VCPUS, environment, queue

good = queue(id="Stack/Good")
spot = queue(environment(id="Stack/Spot", type="SPOT"), id="Stack/SpotQueue")
fargate = queue(environment(id="Stack/Fargate", type="FARGATE"), id="Stack/FargateQueue")
unmanaged = queue(environment(id="Stack/Own", management="UNMANAGED"), id="Stack/OwnQueue")
small = queue(environment(id="Stack/Small", max_vcpus=VCPUS), id="Stack/SmallQueue")
other_type = queue(
    environment(id="Stack/Other", instance_types=("m5.large",)), id="Stack/OtherQueue"
)
training = queue(id="Stack/TrainingQueue", environments=(), runs_service_jobs=True)
nowhere = queue(id="Stack/NowhereQueue", environments=())
