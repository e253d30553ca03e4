"""What clients may send to change many associations at once."""

from campaigns.domain.campaign import Kind
from campaigns.domain.contents import Wish, wanted
from campaigns.domain.errors import FieldError, InvalidInput
from campaigns.domain.inputs import CONTENTS, IDS
from campaigns.domain.parsing import Input


def _changes(**fields: dict[str, list[str]]) -> Wish:
    if not fields:
        raise InvalidInput.of("body", "must hold at least one of add, remove")
    add, remove = fields.get("add", {}), fields.get("remove", {})
    both = [
        f"remove.{kind.plural}.{index}"
        for kind in Kind
        for index, id_ in enumerate(remove.get(kind.plural, []))
        if id_ in add.get(kind.plural, [])
    ]
    if both:
        raise InvalidInput.of_fields(FieldError(place, "is in add, too") for place in both)
    return Wish(
        [each for kind in Kind for each in wanted(kind, add.get(kind.plural, []), f"add.{kind.plural}")],
        {(kind, id_) for kind in Kind for id_ in remove.get(kind.plural, [])},
    )


ASSOCIATION_CHANGES = Input(
    _changes,
    {},
    dict.fromkeys(("add", "remove"), Input(dict, {}, CONTENTS).schema),
    {"minProperties": 1},
)
EXACT_IDS = Input(lambda ids: ids, {"ids": IDS}, {})
