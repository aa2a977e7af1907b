"""Launch templates are found by reference, id and name, and their user data is decoded."""

from __future__ import annotations

from base64 import b64encode
from gzip import compress

import pytest

from cdk_batch_mnp.model.launch_template import Encoding, LaunchTemplate
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.template.stacks import environment, setup


def template(data: str, specification: str = "LaunchTemplateId: !Ref Template") -> object:
    return environment(
        f"""
        Template:
          Type: AWS::EC2::LaunchTemplate
          Properties: {{LaunchTemplateName: nodes, LaunchTemplateData: {data}}}
        """,
        written=f"LaunchTemplate: {{{specification}}}",
    ).launch_template


@pytest.mark.parametrize(
    "specification", ["LaunchTemplateId: !Ref Template", "LaunchTemplateName: nodes"]
)
def test_a_launch_template_is_found_by_id_and_name(specification: str) -> None:
    found = template("{MetadataOptions: {HttpTokens: required}}", specification)
    assert isinstance(found, LaunchTemplate)
    assert (found.id, found.http_tokens) == ("Template", "required")


def test_a_launch_template_elsewhere_stays_unknown() -> None:
    assert template("{}", "LaunchTemplateId: lt-0123") is UNKNOWN
    assert template("{}", "LaunchTemplateName: others") is UNKNOWN


@pytest.mark.parametrize(
    ("user_data", "expected"),
    [
        ("!Base64 hello", "hello"),
        ("{'Fn::Base64': !Sub 'region ${AWS::Region}'}", "region ${name}"),
        ("{'Fn::Base64': !Sub 'echo ${Text}'}", "echo ${...}"),
        ("{'Fn::Base64': !Sub '${AWS::Region}'}", UNKNOWN),
        ("{'Fn::Base64': !ImportValue script}", UNKNOWN),
        (b64encode("grüß".encode()).decode(), "grüß"),
        ("!ImportValue script", UNKNOWN),
        ("'#!/bin/bash'", "#!/bin/bash"),
        ("'{{resolve:ssm:/script}}'", UNKNOWN),
        ("!Sub 'abcd${AWS::Region}'", UNKNOWN),
    ],
)
def test_user_data_is_decoded(user_data: str, expected: object) -> None:
    found = template(f"{{UserData: {user_data}}}")
    assert isinstance(found, LaunchTemplate)
    assert found.user_data == expected


@pytest.mark.parametrize(
    ("user_data", "expected"),
    [
        ("!Base64 hello", Encoding.BASE64),
        ("'#!/bin/bash'", Encoding.NONE),
        ("!Sub '#!/bin/bash ${AWS::Region}'", Encoding.NONE),
        ("!Join ['', ['MIME-Version: 1.0', !ImportValue script]]", Encoding.NONE),
        ("hello", Encoding.NONE),
        ("'{{resolve:ssm:/script}}'", UNKNOWN),
        ("!ImportValue script", UNKNOWN),
        ("!Sub 'abcd${AWS::Region}'", UNKNOWN),
        (b64encode(compress(b"#!/bin/bash", mtime=0)).decode(), Encoding.GZIP),
    ],
)
def test_how_user_data_is_written(user_data: str, expected: object) -> None:
    found = template(f"{{UserData: {user_data}}}")
    assert isinstance(found, LaunchTemplate)
    assert found.encoding == expected


@pytest.mark.parametrize(
    ("own", "named", "is_found"),
    [
        ("!Ref Name", "!Ref Name", True),
        ("!Sub '${Name}-nodes'", "!Sub '${Name}-nodes'", True),
        ("!Sub '${Name}-nodes'", "!Join ['-', [!Ref Name, nodes]]", True),
        ("!Ref Name", "!Ref Another", False),
        ("!Sub '${Name}-nodes'", "!Sub '${Another}-nodes'", False),
        ("!Ref Name", "nodes", False),
    ],
)
def test_a_parameter_without_a_known_value_names_one_launch_template(
    own: str, named: str, is_found: bool
) -> None:
    (found,) = setup(
        f"""
        Parameters: {{Name: {{Type: String}}, Another: {{Type: String}}}}
        Resources:
          Template:
            Type: AWS::EC2::LaunchTemplate
            Properties: {{LaunchTemplateName: {own}, LaunchTemplateData: {{}}}}
          Environment:
            Type: AWS::Batch::ComputeEnvironment
            Properties:
              ComputeResources: {{LaunchTemplate: {{LaunchTemplateName: {named}}}}}
        """
    ).compute_environments
    assert isinstance(found.launch_template, LaunchTemplate) is is_found
