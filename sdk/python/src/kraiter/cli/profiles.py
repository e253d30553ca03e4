"""Whose key and which API: an option, else the environment, else what ``campaigns login`` keeps."""

import json
import os
from pathlib import Path
from typing import NamedTuple

import typer

from kraiter.shell import KEY, URL

PROFILE = "CAMPAIGNS_PROFILE"
USUAL = "default"
ENVIRONMENT = "the environment"
_asked: dict[str, str | None] = {}


class Settings(NamedTuple):
    """A key, the API that it is for, and where both come from."""

    api_key: str
    base_url: str
    source: str


def asked_for(profile: str | None) -> None:
    """Remember the option of this command."""
    _asked["profile"] = profile


def name() -> str:
    """The profile of this command."""
    return _asked.get("profile") or os.environ.get(PROFILE) or USUAL


def settings() -> Settings | None:
    """What this command calls with, if there is anything. Key and API are of one place: no key goes to another API."""
    given = os.environ.get(KEY, ""), os.environ.get(URL, "")
    if any(given) and not _asked.get("profile"):
        return Settings(*given, source=ENVIRONMENT)
    found = kept().get(name())
    return None if found is None else Settings(found["apiKey"], found["baseUrl"], f"the profile {name()}")


def in_use() -> Settings | None:
    """The profile that this command calls with; None where the environment says whose key it is."""
    found = settings()
    return None if found is None or found.source == ENVIRONMENT else found


def path() -> Path:
    """The file of all profiles."""
    return Path(typer.get_app_dir("campaigns")) / "profiles.json"


def kept() -> dict[str, dict[str, str]]:
    """All profiles by name.

    Raises:
        ValueError: others may read the file, or it is none of this program.
    """
    try:
        mode, text = path().stat().st_mode, path().read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    if os.name == "posix" and mode & 0o077:
        raise ValueError(f"others may read {path()}: chmod 600 it")
    try:
        found: dict[str, dict[str, str]] = json.loads(text)
        return {each: {"apiKey": of["apiKey"], "baseUrl": of["baseUrl"]} for each, of in found.items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        raise ValueError(f"{path()} is not readable: delete it, and campaigns login") from None


def keep(profile: str, api_key: str, base_url: str) -> None:
    """Add a profile, or change it."""
    _write(kept() | {profile: {"apiKey": api_key, "baseUrl": base_url}})


def forget(profile: str) -> bool:
    """Remove a profile; whether there was one."""
    there = kept()
    if profile not in there:
        return False
    _write({each: of for each, of in there.items() if each != profile})
    return True


def _write(profiles: dict[str, dict[str, str]]) -> None:
    """All of them at once, in a file that nobody else could ever read."""
    path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partly = path().with_suffix(".partly")
    partly.unlink(missing_ok=True)
    with os.fdopen(os.open(partly, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(profiles, file, indent=2)
    partly.replace(path())
