"""All that exists in an embedded AWS: in the services implemented here, and in moto."""

from __future__ import annotations

import contextlib
import sys
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cdk_batch_mnp_emulator import moto_settings
from cdk_batch_mnp_emulator.batch.life_cycle.interrupted import fail_interrupted
from cdk_batch_mnp_emulator.batch.state import BatchState
from cdk_batch_mnp_emulator.cloudformation.service import CloudFormation
from cdk_batch_mnp_emulator.ec2.placement_groups import PlacementGroups
from cdk_batch_mnp_emulator.gate.keys import Keys
from cdk_batch_mnp_emulator.state.pickling import backends_at, instances, place_of
from cdk_batch_mnp_emulator.step_functions.interrupted import PARSER, abort_interrupted

Place = tuple[str, str]
"""Module and name of the backends of one service of moto."""

Content = dict[str, Any]
"""What exists, as objects that requests go on changing."""

_LONGEST_DEPLOYMENT_SECONDS = 3.0
_OF_EVERY_SERVICE = frozenset(
    {"_id", "backend", "service_name", "_use_boto3_regions", "_additional_regions"}
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What an embedded AWS consists of, besides moto."""

    batch: BatchState
    cloudformation: CloudFormation
    placement_groups: PlacementGroups
    keys: Keys

    @property
    def has_running_jobs(self) -> bool:
        """Whether a job has not ended, so that things change without any request."""
        with self.batch.lock:
            return any(
                job["status"] not in {"SUCCEEDED", "FAILED"}
                for region in self.batch.regions.values()
                for job in region.jobs.values()
            )

    @contextlib.contextmanager
    def at_rest(self, *, is_last: bool) -> Iterator[None]:
        """Keep all from being changed.

        Args:
            is_last: Whether the server ends, which does not wait for a deployment for long. A
                stack is kept in the middle of it then.
        """
        # In this order, as a deployment calls Batch, which calls EC2.
        lock = self.cloudformation.lock
        is_held = lock.acquire(timeout=_LONGEST_DEPLOYMENT_SECONDS if is_last else -1)
        try:
            with self.batch.lock, moto_settings.alone():
                yield
        finally:
            if is_held:
                lock.release()

    def content(self) -> Content:
        """Return what exists."""
        return {
            "batch": dict(self.batch.regions),
            "cloudformation": self.cloudformation.kept,
            "placement_groups": dict(self.placement_groups.regions),
            "sessions": self.keys.sessions,
            "moto": _content_of_moto(),
        }

    def restore(self, content: Content) -> None:
        """Take what existed in an earlier server, before the first request."""
        for (module, name), (accounts, more) in content["moto"].items():
            backends = backends_at(module, name)
            vars(backends).update(more)
            for account, regions in accounts.items():
                for region, backend in regions.items():
                    backends[account][region] = backend
                    _register(backend)
        if PARSER in sys.modules:
            abort_interrupted()
        now = int(time.time() * 1000)
        for region, state in content["batch"].items():
            fail_interrupted(state, now)
            self.batch.regions[region] = state
        self.cloudformation.restore(content["cloudformation"])
        self.placement_groups.regions.update(content["placement_groups"])
        self.keys.restore(content["sessions"])


def _register(backend: Any) -> None:
    # By these, EC2 finds the backends of other Regions, as for peering.
    for name in ("vpc_refs", "vpc_pcx_refs", "backend_refs"):
        if hasattr(backend, name):
            getattr(backend, name)[type(backend)].add(weakref.ref(backend))


def _content_of_moto() -> dict[Place, tuple[dict[str, dict[str, Any]], dict[str, Any]]]:
    return {
        place_of(backends): (
            {account: dict(regions) for account, regions in backends.items()},
            {
                name: value
                for name, value in vars(backends).items()
                if name not in _OF_EVERY_SERVICE
            },
        )
        for backends in instances()
    }
