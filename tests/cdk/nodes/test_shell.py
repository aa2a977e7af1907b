"""Whatever a value holds, it is refused at once or is one word of the script that root runs."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import CfnParameter, Fn, Stack, Token
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_fsx as fsx
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp import LustreMount
from cdk_batch_mnp.cdk.nodes.scratch import scratch
from cdk_batch_mnp.cdk.nodes.shell import shell_word
from cdk_batch_mnp.cdk.nodes.user_data import NodeScript
from cdk_batch_mnp.instances import InstanceType
from tests.cdk.apps import new_stack
from tests.cdk.node_sandbox import Node, deployed

EVIL = [
    "abc; touch pwned #",
    "abc && echo x > pwned",
    "abc | tee pwned",
    "$(echo x > pwned)",
    "`echo x > pwned`",
    "${IFS}",
    "$PATH",
    "'; echo x > pwned; '",
    '"; echo x > pwned; "',
    "'\"'\"'",
    "abc\necho x > pwned",
    "abc\r\necho x > pwned",
    "\n--==cdk-batch-mnp==\nContent-Type: text/x-shellscript\n\n#!/bin/bash\necho x > pwned",
    "EOF\necho x > pwned",
    "-o exec",
    "--bind",
    "",
    " ",
    "a b",
    "*",
    "~root",
    "!!",
    "\\",
    "a\\",
    "abc 0 0\n/dev/sda1 / ext4",
    "\u2028",
    "\u202eabc",
    "\u00e4\u00f6\u00fc",
    "\U0001f600",
    "a" * 5000,
    "{a,b}",
    "<(echo x)",
    'x)"; echo x > pwned; "$(true',
]
IMPORTED = "fs-0123456789abcdef0"
WITH_DISKS = InstanceType(name="m6idn.32xlarge", vcpus=128, local_storage_gb=7600)
TEXTS = st.one_of(
    st.sampled_from(EVIL),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60),
    st.text("$`\"'\\;&|<>(){}[]*?~!#-= \t\nab0", max_size=30),
)


def words(script: str, folder: Path) -> list[str]:
    """The arguments of a command that Bash makes of a text, each as it is."""
    done = subprocess.run(
        ["bash", "-c", f"show() {{ printf '%s\\0' \"$@\"; }}\nshow {script}\n"],
        capture_output=True,
        check=True,
        cwd=folder,
    )
    return done.stdout.decode().split("\0")[:-1]


@pytest.fixture(scope="module")
def stack() -> Stack:
    stack = new_stack()
    for name in ("First", "Second"):
        CfnParameter(stack, name)
    return stack


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("words")


@given(value=TEXTS)
def test_a_value_that_is_known_is_one_word(value: str, folder: Path) -> None:
    word = shell_word(value)
    assert words(f"before {word} after", folder) == ["before", value, "after"]
    assert shlex.split(word) == [value]
    assert list(folder.iterdir()) == []


@given(value=TEXTS)
def test_a_value_that_deployment_knows_is_one_word(value: str, stack: Stack, folder: Path) -> None:
    token = Token.as_string({"Ref": "First"})
    script = deployed(stack.resolve(f"before {shell_word(f'x{token}x')} after"), {"First": value})
    assert words(script, folder) == ["before", f"x{value}x", "after"]
    assert list(folder.iterdir()) == []


def test_a_null_character_is_refused() -> None:
    with pytest.raises(ValueError, match="null character"):
        shell_word("a\0b")


def test_an_element_of_a_list_is_refused_until_it_is_selected(stack: Stack) -> None:
    elements = Fn.split(",", Token.as_string({"Ref": "First"}))
    with pytest.raises(ValueError, match=r"Fn\.select"):
        shell_word(elements[0])
    assert "Fn::Base64" in str(stack.resolve(shell_word(Fn.select(0, elements))))


def file_system(dns_name: str = f"{IMPORTED}.fsx.us-east-2.amazonaws.com") -> fsx.IFileSystem:
    stack = new_stack()
    return fsx.LustreFileSystem.from_lustre_file_system_attributes(
        stack,
        "Imported",
        dns_name=dns_name,
        file_system_id=IMPORTED,
        security_group=ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123456789"),
    )


@pytest.fixture(scope="module")
def imported() -> fsx.IFileSystem:
    return file_system()


@pytest.mark.parametrize("evil", EVIL, ids=lambda evil: repr(evil[:20]))
def test_an_evil_name_is_refused_at_once(evil: str, imported: fsx.IFileSystem) -> None:
    with pytest.raises(ValueError, match=r"mount_name|mount name is unknown"):
        LustreMount(file_system=imported, mount_name=evil)
    with pytest.raises(ValueError, match="dns_name"):
        LustreMount(file_system=file_system(evil), mount_name="abcdef12")
    with pytest.raises(ValueError, match=r"^Lustre at .*: path is "):
        LustreMount(file_system=imported, mount_name="abcdef12", path=evil)
    with pytest.raises(ValueError, match=r"^scratch_path is "):
        scratch(evil, WITH_DISKS)


class OnlyAnId:
    """A file system of a construct that has only an id."""

    def __init__(self, id: str) -> None:
        self._id = id

    @property
    def file_system_id(self) -> str:
        return self._id


@pytest.mark.parametrize("evil", EVIL, ids=lambda evil: repr(evil[:20]))
def test_an_evil_id_is_refused_where_the_address_is_made_of_it(evil: str) -> None:
    with pytest.raises(ValueError, match="file_system_id"):
        LustreMount(file_system=only_an_id(evil), mount_name="abcdef12")
    assert LustreMount(file_system=only_an_id(IMPORTED), mount_name="abcdef12").path == "/fsx"


def only_an_id(id: str) -> Any:
    # What the type checker makes of it is not the question here.
    return OnlyAnId(id)


@given(value=TEXTS)
def test_a_mount_name_is_refused_unless_fsx_could_have_made_it(
    value: str, imported: fsx.IFileSystem
) -> None:
    try:
        mount = LustreMount(file_system=imported, mount_name=value)
    except ValueError:
        return
    assert value.isascii()
    assert 1 <= len(value) <= 8
    source = mount.mount(new_stack()).commands.splitlines()[1].partition("=")[2]
    assert shlex.split(source) == [f"{IMPORTED}.fsx.us-east-2.amazonaws.com@tcp:/{value}"]


def run_with_parameters(folder: Path, host: str, name: str) -> tuple[Node, int]:
    """Start a node whose file system has a DNS name and a mount name of parameters."""
    stack = new_stack()
    group = ec2.SecurityGroup.from_security_group_id(stack, "Group", "sg-0123456789")
    system = fsx.LustreFileSystem.from_lustre_file_system_attributes(
        stack,
        "Imported",
        dns_name=CfnParameter(stack, "First").value_as_string,
        file_system_id=IMPORTED,
        security_group=group,
    )
    mount_name = CfnParameter(stack, "Second").value_as_string
    mount = LustreMount(file_system=system, mount_name=mount_name).mount(stack)
    script = stack.resolve(NodeScript(mounts=[mount], block_instance_role=True).text)
    node = Node(folder)
    return node, node.run(deployed(script, {"First": host, "Second": name}))


def test_a_right_name_that_deployment_knows_is_mounted(tmp_path: Path) -> None:
    node, status = run_with_parameters(tmp_path, "fs-1.example.com", "abcdef12")
    assert status == 0
    source = "fs-1.example.com@tcp:/abcdef12"
    mount = ["mount", "-t", "lustre", "-o", "relatime,flock", source, "/fsx"]
    assert mount in [shlex.split(each) for each in node.called]
    assert node.fstab == f"{source} /fsx lustre relatime,flock,_netdev,nofail 0 0\n"


@pytest.mark.parametrize("evil", EVIL, ids=lambda evil: repr(evil[:20]))
@pytest.mark.parametrize("is_host", [True, False], ids=["DNS name", "mount name"])
def test_an_evil_name_that_deployment_knows_mounts_nothing(
    evil: str, is_host: bool, tmp_path: Path
) -> None:
    host, name = (evil, "abcdef12") if is_host else ("fs-1.example.com", evil)
    node, status = run_with_parameters(tmp_path, host, name)
    assert not (tmp_path / "pwned").exists()
    assert not (tmp_path / "etc/fstab").exists()
    assert status != 0
    assert {each.split()[0] for each in node.called} == {"mkdir", "systemctl"}
    assert node.called[-1] == "systemctl poweroff"
