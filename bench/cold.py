"""What a function costs to start and to call, beside what people use: ``python -m bench.cold``.

Every figure comes from fresh interpreters that have nothing but the built artefact on their path, taken in turns, so
that what disturbs the machine disturbs all alike. DynamoDB is AWS's own engine, DynamoDB Local, behind TLS.
"""

import copy
import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from bench.data import ENTRIES, TABLE, Data
from bench.plot import bars
from bench.report import PYTHON, machine, write_section
from bench.tls import tls_front
from campaigns.domain.campaign import Kind
from local.dynamodb import dynamodb_local
from tools.markdown import table
from tools.template import resources, written

ROOT = Path(__file__).parents[1]
BUILT = ROOT / ".aws-sam" / "build"
LAYER = BUILT / "CampaignsLayer" / "python"
PEERS = ROOT / ".local" / "bench" / "peers"
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "11"))
WARM_CALLS = 120
TENANTS = (f"tenant-{number}" for number in itertools.count())
MEASURED = ("create_campaign", "get_campaign")
"""The operations that every peer has."""
OPERATIONS = (*MEASURED, "list_campaigns", "update_campaign", "delete_campaign", "add_sequence", "remove_sequence")
"""Those that the floor has. Adding and removing a template are the same code as for a sequence."""
FUNCTIONS = {path.parent.name: path for path in sorted((ROOT / "functions").glob("*/app.py"))}


@dataclass(frozen=True)
class Subject:
    """One artefact and one operation of it."""

    name: str
    operation: str
    path: tuple[Path, ...]
    handler: str = "app.handler"


def subjects() -> list[Subject]:
    """All that is measured."""
    ours = [Subject("ours", name, (LAYER, BUILT / f"{name.title().replace('_', '')}Function")) for name in FUNCTIONS]
    floor = [Subject("floor", name, (PEERS / "floor",), f"app.{name}") for name in OPERATIONS]
    # The same handler, with nothing else than our trimmed SDK.
    trimmed = [Subject("floor on our layer", name, (LAYER, PEERS / "floor-app"), f"app.{name}") for name in MEASURED]
    paths = {
        "Powertools, the default": (PEERS / "default",),
        "FastAPI + Mangum": (PEERS / "fastapi",),
        "Chalice": (PEERS / "chalice",),
        "one Lambda for all routes": (LAYER, PEERS / "monolith"),
    }
    return ours + floor + trimmed + [Subject(name, each, path) for name, path in paths.items() for each in MEASURED]


def events(data: Data, operation: str, count: int) -> list[Any]:
    """``count`` requests that each succeed once, from a tenant of their own, made from events/<operation>.json."""
    if operation not in {*OPERATIONS, "add_template", "remove_template"}:
        return []
    tenant = next(TENANTS)
    template = json.loads((ROOT / "events" / f"{operation}.json").read_text())
    template |= {"body": None, "isBase64Encoded": False}
    template |= {"queryStringParameters": None, "multiValueQueryStringParameters": None}
    template["requestContext"]["authorizer"] |= {"tenantId": tenant}
    kind = Kind.TEMPLATE if "template" in operation else Kind.SEQUENCE
    data.catalogue(tenant)
    ids = data.campaigns(tenant, count, holding=kind if operation.startswith("remove") else None)
    made = []
    for number, id_ in enumerate(ids):
        event = copy.deepcopy(template)
        address(event, id_, ENTRIES[kind])
        if operation in {"create_campaign", "update_campaign"}:
            event["body"] = json.dumps({"name": f"Campaign {number}", "description": None})
        for name in ("If-Match", "Idempotency-Key"):
            event["headers"].pop(name, None)
            event["multiValueHeaders"].pop(name, None)
        made.append(event)
    return made


def address(event: Any, campaign_id: str, entry_id: str) -> None:
    """Lead an event to a campaign and, where its route has one, a catalogue entry."""
    for name in event["pathParameters"] or {}:
        before, after = event["pathParameters"][name], campaign_id if name == "id" else entry_id
        event["pathParameters"][name] = after
        event["path"] = event["path"].replace(before, after)


@dataclass(frozen=True)
class Database:
    """Where it is, and the CA bundle that makes it trusted, by whether Amazon's roots alone are in it."""

    endpoint: str
    bundles: dict[bool, Path]


@contextmanager
def database() -> Iterator[tuple[Data, Database]]:
    """DynamoDB Local, without TLS for what writes its data and with it for what is measured."""
    with (
        dynamodb_local() as plain,
        tempfile.TemporaryDirectory() as folder,
        tls_front(plain, Path(folder)) as (endpoint, authority),
    ):
        bundles = {}
        for amazons, bundle in ((True, LAYER / "amazon-roots.pem"), (False, LAYER / "botocore" / "cacert.pem")):
            bundles[amazons] = Path(folder) / bundle.name
            bundles[amazons].write_text(bundle.read_text() + authority)
        yield Data(plain), Database(endpoint, bundles)


def environment(subject: Subject, database: Database) -> dict[str, str]:
    """What a function finds when it starts: nothing but what Lambda and the template give it."""
    variables = {
        "PYTHONPATH": os.pathsep.join(map(str, subject.path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "CAMPAIGNS_TABLE": TABLE,
        "AWS_ENDPOINT_URL": database.endpoint,
        "AWS_CA_BUNDLE": str(database.bundles[LAYER in subject.path]),
    }
    function = resources("AWS::Serverless::Function").get(f"{subject.operation.title().replace('_', '')}Function", {})
    for known in (written()["Globals"]["Function"], function):
        for name, value in known.get("Environment", {}).get("Variables", {}).items():
            variables.setdefault(name, told(value))
    return variables


def told(value: Any) -> str:
    """What the template says of a variable; what only a deployment knows is an address that nothing here calls."""
    default = written()["Parameters"].get(value.get("Ref"), {}).get("Default") if isinstance(value, dict) else value
    return "http://localhost/" if default is None else str(default)


def probe(subject: Subject, database: Database, given: list[Any], mode: str) -> Any:
    """One fresh interpreter, and what it found."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(given, file)
        file.flush()
        command = [str(PYTHON), "-S", str(ROOT / "bench" / "probe.py"), subject.handler, file.name, mode]
        done = subprocess.run(command, env=environment(subject, database), capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{subject}: {done.stderr}")
    return json.loads(done.stderr.splitlines()[-1])


def check_answers(data: Data, database: Database) -> dict[Subject, Any]:
    """What each subject's calls consume, after it has been seen to answer what ours answers."""
    found = {}
    expected: dict[str, Any] = {}
    for subject in subjects():
        requests = events(data, subject.operation, 1)
        if not requests:
            continue
        found[subject] = consumed = probe(subject, database, requests, "count")
        shown = [shape(answer) for answer in consumed["answers"]]
        if subject.operation in MEASURED and not subject.name.startswith("floor"):
            shown += [shape(answer) for answer in probe(subject, database, refused(data, subject), "count")["answers"]]
        if subject.name == "ours":
            expected[subject.operation] = shown
        elif shown != expected[subject.operation][: len(shown)]:
            raise RuntimeError(f"{subject.name} answers {shown}, not {expected[subject.operation]}")
    return found


def refused(data: Data, subject: Subject) -> list[Any]:
    """Requests that the contract refuses."""
    (event,) = events(data, subject.operation, 1)
    if subject.operation == "create_campaign":
        bodies = [{"name": " "}, {"name": "x" * 201}, {"name": "x", "colour": "red"}, {"description": "x"}, []]
        return [{**event, "body": json.dumps(body)} for body in bodies]
    missing = copy.deepcopy(event)
    address(missing, "cmp_01H9ZZZZZZZZZZZZZZZZZZZZZZ", "")
    return [missing]


def shape(answer: Any) -> Any:
    """What of an answer must be the same for all."""
    body = json.loads(answer["body"]) if answer["body"] else {}
    return answer["statusCode"], body.get("error", {}).get("code") or sorted(body)


@cache
def size_mb(paths: tuple[Path, ...]) -> tuple[float, float]:
    """Megabytes of an artefact, with its layer, as files and zipped."""
    files = [file for path in paths for file in sorted(path.rglob("*")) if file.is_file()]
    with tempfile.TemporaryFile() as packed:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, file in enumerate(files):
                archive.write(file, str(number))
        return sum(file.stat().st_size for file in files) / 1e6, packed.tell() / 1e6


def main() -> None:
    """Measure everything and write the page."""
    samples: dict[Subject, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    with database() as (data, where):
        consumed = check_answers(data, where)
        for round_ in range(ROUNDS):
            print(f"round {round_ + 1} of {ROUNDS}", file=sys.stderr, flush=True)
            for subject in random.sample(subjects(), len(subjects())):
                for name, value in probe(subject, where, events(data, subject.operation, WARM_CALLS), "time").items():
                    samples[subject][name].append(value)
    found = {
        subject: {name: statistics.median(values) for name, values in each.items()} for subject, each in samples.items()
    }
    write_section("cold starts", "\n\n".join([machine(), *tables(found, samples, consumed)]))
    bars(
        {"Campaigns" if s.name == "ours" else s.name: found[s] for s in subjects() if s.operation == "create_campaign"},
        {"init_ms": "init, ms of CPU", "warm_ms": "a warm call, ms of CPU", "memory_mb": "peak memory, MB"},
        ROOT / "docs" / "performance.svg",
    )


def tables(found: dict[Subject, dict[str, float]], samples: Any, consumed: dict[Subject, Any]) -> list[str]:
    """The tables, and the ratios that the service holds itself to."""
    bare = {s.operation: found[s] for s in found if s.name == "floor"}
    bare_init = statistics.median(value for s in samples if s.name == "floor" for value in samples[s]["init_ms"])
    default = {s.operation: found[s] for s in found if s.name.startswith("Powertools")}
    default_init = statistics.median(each["init_ms"] for each in default.values())
    trimmed_init = statistics.median(found[s]["init_ms"] for s in found if s.name == "floor on our layer")

    peers = []
    for operation in MEASURED:
        for s in (s for s in subjects() if s.operation == operation):
            each, units = found[s], consumed[s]
            init = samples[s]["init_ms"]
            files, packed = size_mb(s.path)
            peers.append(
                [
                    f"{operation}: {'**ours**' if s.name == 'ours' else s.name}",
                    f"{each['init_ms']:.0f} ({min(init):.0f}-{max(init):.0f})",
                    f"{each['first_ms']:.1f}",
                    f"{each['first_ms'] / bare[operation]['first_ms']:.2f}",
                    f"{each['warm_ms']:.2f}",
                    f"{each['memory_mb']:.0f}",
                    f"{files:.1f} ({packed:.1f})",
                    f"{each['modules']:.0f}",
                    f"{len(units['calls'])}",
                    f"{units['read_units']:g} / {units['write_units']:g}",
                ]
            )
    functions = []
    for s in (s for s in subjects() if s.name == "ours"):
        each, units = found[s], consumed.get(s)
        base = bare.get(s.operation.replace("template", "sequence"))
        functions.append(
            [
                s.operation,
                f"{each['init_ms']:.0f}",
                f"{each['init_ms'] / bare_init:.2f}",
                f"{each['init_ms'] / trimmed_init:.2f}",
                f"{each['init_ms'] / default_init:.2f}",
                f"{each['modules']:.0f}",
                f"{each['first_ms']:.1f}" if units else "",
                f"{each['first_ms'] / base['first_ms']:.2f}" if units and base else "",
                f"{each['warm_ms']:.2f}" if units else "",
                f"{each['warm_ms'] / base['warm_ms']:.2f}" if units and base else "",
                ", ".join(units["calls"]) if units else "",
                f"{units['read_units']:g} / {units['write_units']:g}" if units else "",
            ]
        )
    return [
        table(
            [
                "operation: subject",
                "init, ms of CPU (least-most)",
                "first call, ms of CPU",
                "to the floor",
                "warm call, ms of CPU",
                "peak memory, MB",
                "size, MB (zipped)",
                "modules",
                "calls",
                "units, read / write",
            ],
            peers,
        ),
        table(
            [
                "function",
                "init, ms of CPU",
                "to the floor",
                "to the floor on our layer",
                "to the default",
                "modules",
                "first call, ms of CPU",
                "to the floor",
                "warm call, ms of CPU",
                "to the floor",
                "calls",
                "units, read / write",
            ],
            functions,
        ),
    ]


if __name__ == "__main__":
    main()
