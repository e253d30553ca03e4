"""Every function by ``sam local invoke``, in Docker, in the Lambda runtime's image, with its event from events/.

Skipped where there is no Docker or no image: then the last lines of the run say so.
"""

import json
from collections.abc import Iterator

import pytest

from local.invoke import IMAGE, Surroundings, docker_is_there, image_is_there, invoke, surroundings
from support.examples import EXPECTED


@pytest.fixture(scope="module")
def around() -> Iterator[Surroundings]:
    if not docker_is_there():
        pytest.skip("NO DOCKER: no function was tried by sam local invoke")
    if not image_is_there():
        pytest.skip(f"NO IMAGE {IMAGE}: no function was tried by sam local invoke")
    with surroundings() as around:
        yield around


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", EXPECTED)  # in this order: the campaign is deleted last of those that need it
def test_a_function_answers(around: Surroundings, name: str) -> None:
    done = invoke(name, around)
    assert done.returncode == 0, done.stderr
    # By line feeds alone: an answer may hold what splitlines() takes for the end of a line.
    answer = json.loads(done.stdout.strip().split("\n")[-1])
    assert EXPECTED[name](answer), answer
