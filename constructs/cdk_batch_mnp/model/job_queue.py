"""Job queues."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.presence import fewest
from cdk_batch_mnp.model.resource import ANYWHERE, Location, Resource
from cdk_batch_mnp.model.resource_name import cannot_be_name
from cdk_batch_mnp.model.schema.enumerations import SWITCH, WORDS
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.model.word_faults import WordFault, as_meant, queue_faults
from cdk_batch_mnp.model.words import recognized


@dataclass(frozen=True, slots=True, kw_only=True)
class ComputeEnvironmentOrder:
    """A compute environment of a queue and its order.

    Source: AWS Batch API, ComputeEnvironmentOrder.
    """

    order: Maybe[int] | None
    environment: Maybe[ComputeEnvironment]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStateTimeLimitAction:
    """The action on a job that stays in a state for too long.

    Attributes:
        max_time_seconds: 600 to 86400.

    Source: AWS Batch API, JobStateTimeLimitAction.
    """

    reason: Maybe[str] | None
    state: Maybe[str] | None
    max_time_seconds: Maybe[int] | None
    action: Maybe[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobQueue(Resource):
    """A job queue.

    Attributes:
        words: Words and names that AWS does not know.
        state: ``ENABLED`` or ``DISABLED``; ``None`` if not set.
        has_fair_share: Whether it has a fair-share scheduling policy.
        type: The kind of its environments (``ECS``, ``EKS``, ...); ``None`` if not set.
        has_quota_shares: Whether its scheduling policy is a quota share policy, or a quota share is
            of this queue.
        runs_service_jobs: Whether it has service environments (SageMaker Training) rather than
            compute environments.
        is_dedicated: Whether it is dedicated to multi-node parallel jobs, even without a job
            definition.
        location: Where it is deployed.

    Source: AWS Batch API, CreateJobQueue.
    """

    name: Maybe[str] | None = None
    words: tuple[WordFault, ...] = ()
    state: Maybe[str] | None = None
    priority: Maybe[int] | None = None
    environments: Maybe[tuple[Maybe[ComputeEnvironmentOrder], ...]] = ()
    time_limit_actions: Maybe[tuple[Maybe[JobStateTimeLimitAction], ...]] = ()
    has_fair_share: Maybe[bool] = False
    type: Maybe[str] | None = None
    has_quota_shares: Maybe[bool] = False
    runs_service_jobs: Maybe[bool] = False
    is_dedicated: bool = False
    location: Location = ANYWHERE
    policy_name: Maybe[str] | None = None

    @property
    def known_environments(self) -> tuple[ComputeEnvironment, ...]:
        """The known compute environments, in the order in which the queue tries them."""
        if self.environments is UNKNOWN:
            return ()
        known = [
            (ordered.order if isinstance(ordered.order, int) else 0, position, ordered.environment)
            for position, ordered in enumerate(self.environments)
            if ordered is not UNKNOWN
        ]
        known.sort(key=lambda each: each[:2])
        return tuple(each for _, _, each in known if isinstance(each, ComputeEnvironment))

    @property
    def runs_batch_jobs(self) -> Maybe[bool]:
        """Whether it has compute environments; a queue has either those or service environments."""
        if fewest(self.environments):
            return True
        return UNKNOWN if self.runs_service_jobs is UNKNOWN else not self.runs_service_jobs

    @property
    def is_made_for_multi_node(self) -> Maybe[bool]:
        """Whether one of its compute environments is; false only if certainly none is."""
        made = {environment.is_made_for_multi_node for environment in self.known_environments}
        if self.is_dedicated or True in made:
            return True
        return False if self.shows_all_environments and UNKNOWN not in made else UNKNOWN

    def lists(self, instance_type: Maybe[str] | None) -> bool:
        """Return whether one of its compute environments lists exactly this instance type."""
        types = (environment.instance_types for environment in self.known_environments)
        return has_value(instance_type) and any(
            has_value(listed) and instance_type in listed for listed in types
        )

    @property
    def shows_all_environments(self) -> bool:
        """Whether every compute environment of the queue is known."""
        return self.environments is not UNKNOWN and len(self.known_environments) == len(
            self.environments
        )

    @classmethod
    def read(
        cls,
        shape: ApiStruct,
        *,
        id: str,
        environment_of: Callable[[Value], Maybe[ComputeEnvironment]],
        has_fair_share: Maybe[bool] | None = None,
        has_quota_shares: Maybe[bool] = UNKNOWN,
        acknowledged: Mapping[str, str] | None = None,
        is_dedicated: bool = False,
        location: Location = ANYWHERE,
        policy_words: tuple[WordFault, ...] = (),
        policy_name: Maybe[str] | None = None,
    ) -> JobQueue:
        """Read a CreateJobQueue request or AWS::Batch::JobQueue properties.

        Args:
            shape: The structure.
            id: Construct path or logical ID.
            environment_of: Resolves an ARN, a name or a reference to an environment.
            has_fair_share: Whether its policy is a fair-share policy. Default: unknown if it has a
                policy.
            has_quota_shares: Whether it has a quota share policy or quota shares.
            acknowledged: Acknowledged rule IDs, each with the reason.
            is_dedicated: Whether it is dedicated to multi-node parallel jobs.
            location: Where it is deployed.
            policy_words: Words and names in its scheduling policy that AWS does not know.
            policy_name: The name of its scheduling policy.
        """
        words = tuple(queue_faults(shape))
        shape = as_meant(shape, words)
        if has_fair_share is None:
            # A policy that is not known may be of another type.
            has_fair_share = UNKNOWN if shape.has("schedulingPolicyArn") else False
        return cls(
            id=id,
            acknowledged={} if acknowledged is None else acknowledged,
            is_dedicated=is_dedicated,
            location=location,
            name=shape.text_if("jobQueueName", cannot_be_name),
            policy_name=policy_name,
            words=(*words, *policy_words),
            state=recognized(shape.text("state"), SWITCH),
            priority=shape.integer("priority"),
            environments=shape.each(
                "computeEnvironmentOrder",
                lambda each: ComputeEnvironmentOrder(
                    order=each.integer("order"),
                    environment=environment_of(each.raw("computeEnvironment")),
                ),
            ),
            time_limit_actions=shape.each(
                "jobStateTimeLimitActions",
                lambda each: JobStateTimeLimitAction(
                    reason=each.text("reason"),
                    state=each.text("state"),
                    max_time_seconds=each.integer("maxTimeSeconds"),
                    action=each.constant("action"),
                ),
            ),
            type=recognized(shape.text("jobQueueType"), WORDS["JobQueueType"]),
            has_fair_share=has_fair_share,
            has_quota_shares=has_quota_shares,
            runs_service_jobs=shape.is_set("serviceEnvironmentOrder"),
        )
