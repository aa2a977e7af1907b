"""FireLens: the container of a task that routes the logs of the others."""

from __future__ import annotations

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.api_struct import ApiStruct, as_text
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

FIRELENS = "awsfirelens"
"""The log driver of containers whose logs are routed. Source: AWS Batch API, LogConfiguration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRouter:
    """The FireLens configuration of a container.

    Attributes:
        type: ``fluentd`` or ``fluentbit``.
        log_metadata: ``enable-ecs-log-metadata``: ``true`` or ``false``.
        file_type: ``config-file-type``: ``s3`` or ``file``.
        file_value: ``config-file-value``: the ARN of an object, or a path in the container.

    Source: AWS Batch API, FirelensConfiguration.
    """

    type: Maybe[str] | None
    log_metadata: Maybe[str] | None = None
    file_type: Maybe[str] | None = None
    file_value: Maybe[str] | None = None

    @classmethod
    def read(cls, shape: ApiStruct) -> LogRouter:
        """Read a FirelensConfiguration."""
        options = shape.mapping("options")
        known = {} if options is None or options is UNKNOWN else options

        def option(name: str) -> Maybe[str] | None:
            return UNKNOWN if options is UNKNOWN else as_text(known.get(name))

        return cls(
            type=shape.text("type"),
            log_metadata=option("enable-ecs-log-metadata"),
            file_type=option("config-file-type"),
            file_value=option("config-file-value"),
        )


def read_log_router(container: ApiStruct) -> Maybe[LogRouter] | None:
    """Return the log router that a container is; ``None`` if it is none."""
    shape = container.shape("firelensConfiguration")
    return LogRouter.read(shape) if isinstance(shape, ApiStruct) else shape


def read_log_driver(container: ApiStruct) -> Maybe[str] | None:
    """Return the log driver of a container; ``None`` if it is not set."""
    shape = container.shape("logConfiguration")
    return shape.text("logDriver") if isinstance(shape, ApiStruct) else shape
