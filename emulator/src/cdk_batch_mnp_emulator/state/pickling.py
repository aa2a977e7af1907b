"""Writes the objects of moto and of the services here to bytes, and reads them back.

Most can be pickled as they are. The others are replaced by what makes them anew: locks, private
keys, functions that have no name, and the dictionaries of moto that hold its backends.
"""

from __future__ import annotations

import importlib
import io
import json
import marshal
import pickle
import sys
import threading
import types
import weakref
from collections import defaultdict
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy
from moto.s3.models import FakeKey

from cdk_batch_mnp_emulator.account import DEFAULT_REGION
from cdk_batch_mnp_emulator.state.bodies import Bodies

_LOCK, _REENTRANT_LOCK = type(threading.Lock()), type(threading.RLock())


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, bodies: Bodies) -> None:
        super().__init__(file, pickle.HIGHEST_PROTOCOL)
        self._bodies = bodies

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, FakeKey):
            return _reduced_object(obj, self._bodies)
        for kinds, reduce in _REDUCERS:
            if isinstance(obj, kinds):
                return reduce(obj)
        if _is_key_of_cryptography(obj):
            return _reduced_key(obj)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, bodies: Bodies) -> None:
        super().__init__(file)
        self._bodies = bodies

    def persistent_load(self, pid: Any) -> Any:
        return self._bodies.read(pid)


class _Checker(_Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name)
        # There are over a thousand of them, and to make them anew takes most of the time.
        return _policy_without_content if found is _restored_policy else found


class _Body:
    """The content of a large object, which has a file of its own."""

    def __init__(self, name: str) -> None:
        self.name = name


def dumps(value: Any, bodies: Bodies) -> bytes:
    """Return a value as bytes.

    Args:
        value: Not changed meanwhile.
        bodies: Where the contents of large S3 objects are kept.

    Raises:
        Exception: A part of it cannot be pickled; the class of the exception varies.
    """
    file = io.BytesIO()
    pickler = _Pickler(file, bodies)
    pickler.persistent_id = _persistent_id  # type: ignore[method-assign]
    pickler.dump(value)
    return file.getvalue()


def loads(data: bytes, bodies: Bodies) -> Any:
    """Return the value that :func:`dumps` wrote. It runs code, so the bytes must be trusted."""
    try:
        return _Unpickler(io.BytesIO(data), bodies).load()
    finally:
        _managed_policies.cache_clear()


def check(data: bytes, bodies: Bodies) -> None:
    """Raise what :func:`loads` would for these bytes, in less time."""
    _Checker(io.BytesIO(data), bodies).load()


def _persistent_id(obj: Any) -> str | None:
    return obj.name if type(obj) is _Body else None


def _reduced_object(key: FakeKey, bodies: Bodies) -> Any:
    name = bodies.name_of(key)
    if name is None:
        return NotImplemented
    state = {
        attribute: value
        for attribute, value in key.__dict__.items()
        if attribute not in {"_value_buffer", "lock"}
    }
    return _restored_object, (type(key),), state | {"value": _Body(name)}


def _restored_object(kind: type[FakeKey]) -> Any:
    return kind.__new__(kind)


def _reduced_function(function: types.FunctionType) -> Any:
    module = sys.modules.get(function.__module__)
    found: Any = module
    for name in function.__qualname__.split("."):
        found = getattr(found, name, None)
    if found is function:
        return NotImplemented
    closure = tuple(cell.cell_contents for cell in function.__closure__ or ())
    return _restored_function, (
        marshal.dumps(function.__code__),
        function.__module__,
        function.__defaults__,
        closure,
    )


def _restored_function(
    code: bytes, module: str, defaults: tuple[Any, ...] | None, closure: tuple[Any, ...]
) -> types.FunctionType:
    return types.FunctionType(
        marshal.loads(code),  # noqa: S302 - as trusted as the pickle around it
        vars(importlib.import_module(module)),
        None,
        defaults,
        tuple(types.CellType(each) for each in closure),
    )


def place_of(backends: BackendDict[Any]) -> tuple[str, str]:
    """Return the module and the name of one of moto's dictionaries of backends.

    Raises:
        LookupError: It is not in the module of its class.
    """
    module = backends.backend.__module__
    for name, value in vars(sys.modules[module]).items():
        if value is backends:
            return module, name
    raise LookupError(f"moto has no name for the backends of {backends.service_name}")


def instances() -> list[BackendDict[Any]]:
    """Return moto's dictionaries of backends that are in use."""
    found: list[BackendDict[Any]] = list(vars(BackendDict)["_instances"])
    return found


def backends_at(module: str, name: str) -> BackendDict[Any]:
    """Return one of moto's dictionaries of backends."""
    found: BackendDict[Any] = getattr(importlib.import_module(module), name)
    return found


def _reduced_account(account: AccountSpecificBackend[Any]) -> Any:
    for backends in instances():
        if any(each is account for each in backends.values()):
            return _account_at, (*place_of(backends), account.account_id)
    raise LookupError(f"moto has no name for the backends of {account.service_name}")


def _account_at(module: str, name: str, account: str) -> AccountSpecificBackend[Any]:
    return backends_at(module, name)[account]


def _is_key_of_cryptography(obj: Any) -> bool:
    return type(obj).__module__.startswith("cryptography.") and (
        hasattr(obj, "private_bytes") or hasattr(obj, "public_bytes")
    )


def _reduced_key(key: Any) -> Any:
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    der = serialization.Encoding.DER
    if isinstance(key, x509.Certificate):
        return x509.load_der_x509_certificate, (key.public_bytes(der),)
    if hasattr(key, "private_bytes"):
        kind, none = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return _private_key, (key.private_bytes(der, kind, none),)
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    return serialization.load_der_public_key, (key.public_bytes(der, public),)


def _private_key(data: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_der_private_key

    return load_der_private_key(data, None)


@lru_cache(maxsize=1)
def _managed_policies() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(aws_managed_policies_data)
    return found


@cache
def _names_of_managed_policies() -> frozenset[str]:
    return frozenset(_managed_policies())


def _reduced_policy(policy: AWSManagedPolicy) -> Any:
    # All of them together have 24 MB, and moto has their documents anyway.
    if policy.name not in _names_of_managed_policies():
        return NotImplemented
    own = {name: value for name, value in vars(policy).items() if name not in _OF_MOTO}
    return _restored_policy, (policy.name, policy.account_id), own


_OF_MOTO = frozenset(
    {
        *("document", "versions", "default_version_id", "next_version_num"),
        *("create_date", "update_date"),
    }
)
"""What no request changes in a policy of AWS. Its content and versions belong together."""


def _restored_policy(name: str, account: str) -> AWSManagedPolicy:
    return AWSManagedPolicy.from_data(name, account, DEFAULT_REGION, _managed_policies()[name])


def _policy_without_content(name: str, account: str) -> AWSManagedPolicy:
    # Not by moto's own way, which keeps a list of its objects.
    kind: Any = AWSManagedPolicy
    policy: AWSManagedPolicy = object.__new__(kind)
    # It may be looked up by these before it gets the rest of what was saved.
    policy.name, policy.account_id, policy.path, policy.partition = name, account, "/", "aws"
    return policy


def _reduced_mapping(mapping: defaultdict[Any, Any]) -> Any:
    if type(mapping) is defaultdict:
        return NotImplemented
    # Its class may have arguments that only it knows.
    arguments = (type(mapping), mapping.default_factory)
    return _restored_mapping, arguments, vars(mapping), None, iter(mapping.items())


def _restored_mapping(kind: type[defaultdict[Any, Any]], factory: Any) -> defaultdict[Any, Any]:
    mapping = kind.__new__(kind)
    mapping.default_factory = factory
    return mapping


def _nothing() -> None:
    """Stand for a thread, which does not survive."""


_REDUCERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], Any]], ...] = (
    (AWSManagedPolicy, _reduced_policy),
    (defaultdict, _reduced_mapping),
    (types.FunctionType, _reduced_function),
    (types.ModuleType, lambda module: (importlib.import_module, (module.__name__,))),
    (weakref.WeakValueDictionary, lambda values: (type(values), (), None, None, values.items())),
    (weakref.ref, lambda reference: (weakref.ref, (reference(),))),
    (_LOCK, lambda _: (threading.Lock, ())),
    (_REENTRANT_LOCK, lambda _: (threading.RLock, ())),
    (threading.Thread, lambda _: (_nothing, ())),
    (BackendDict, lambda backends: (backends_at, place_of(backends))),
    (AccountSpecificBackend, _reduced_account),
)
