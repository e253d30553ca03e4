"""tools/release.py: each deployment is a version of every function, and its alias follows."""

import copy
import re

import pytest

from support.transform import transformed
from tools.release import release_id, released
from tools.template import TEMPLATE, resources, written


def test_a_release_is_a_new_version_of_every_function_and_its_alias_follows() -> None:
    first, second = copy.deepcopy(written()), copy.deepcopy(written())
    variables = second["Globals"]["Function"]["Environment"]["Variables"]
    variables["CAMPAIGNS_RELEASE"] = "two"
    assert "        CAMPAIGNS_RELEASE: two #" in released(TEMPLATE.read_text(), "two")
    versions = []
    for made in transformed(first, second):
        versions.append({logical_id for logical_id, each in made.items() if each["Type"] == "AWS::Lambda::Version"})
        aliases = [each["Properties"] for each in made.values() if each["Type"] == "AWS::Lambda::Alias"]
        assert {alias["FunctionVersion"]["Fn::GetAtt"][0] for alias in aliases} == versions[-1]
    assert [len(each) for each in versions] == [len(resources("AWS::Serverless::Function"))] * 2
    assert not versions[0] & versions[1]


def test_each_deployment_has_an_id_of_its_own() -> None:
    assert re.fullmatch(r"\d{8}T\d{6}Z-\w+(-dirty)?", release_id())


def test_a_template_without_a_place_for_it_is_refused() -> None:
    with pytest.raises(ValueError, match="does not say once"):
        released("Globals: {}", "one")
