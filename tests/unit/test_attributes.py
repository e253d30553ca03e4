"""Our attributes are boto3's, for every value that the table holds."""

from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from campaigns.store.attributes import Value, deserialize, serialize

LEAVES = st.text() | st.integers(-(10**37), 10**37) | st.none()
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner))


@given(VALUES)
def test_attributes_are_those_of_boto3(value: Value) -> None:
    attribute: Any = serialize(value)
    assert attribute == TypeSerializer().serialize(value)
    assert deserialize(attribute) == TypeDeserializer().deserialize(attribute) == value


@given(st.binary())
def test_bytes_are_those_of_boto3(value: bytes) -> None:
    attribute: Any = serialize(value)
    assert attribute == TypeSerializer().serialize(value)
    assert deserialize(attribute) == TypeDeserializer().deserialize(attribute).value == value


@pytest.mark.parametrize("attribute", [{"BOOL": True}, {"BS": [b""]}, {"SS": ["a"]}, {"NS": ["1"]}])
def test_an_attribute_of_another_type_is_refused(attribute: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="no attribute of this table"):
        deserialize(attribute)


def test_a_boolean_is_refused() -> None:
    with pytest.raises(TypeError, match="boolean"):
        serialize(True)
