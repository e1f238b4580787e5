"""`bailiwick validate`: what is wrong with policies, before anybody relies on them."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from bailiwick.cli.snapshot import registry_of
from bailiwick.errors import ValidationError
from bailiwick.models import PolicyKind
from bailiwick.validate.catalogue import CATALOGUE, OTHER_NAMES
from bailiwick.validate.config import DEFAULT_NAME, Config, Level, load_config
from bailiwick.validate.manual import entry_text
from bailiwick.validate.project import validate_files
from bailiwick.validate.report import github_report, json_report, print_text, sarif_report
from bailiwick.validate.resource_kinds import RESOURCE_KINDS
from bailiwick.validate.services import ServiceReference, installed_reference, load_reference

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_to(commands: Commands) -> None:
    """Adds the command."""
    parser = commands.add_parser(
        "validate",
        help="find what is wrong with policies",
        description="Validates policies in JSON files, CloudFormation templates, Terraform plans and dumps of accounts and "
        "organizations. Exit code 0 if nothing at or above --fail-on was found, 1 if something was, 2 on an error.",
    )
    add = parser.add_argument
    add("files", nargs="*", metavar="FILES", help="files, `-` for stdin, or directories, of which files with policies are read")
    kinds = [str(kind) for kind in PolicyKind]
    add("--kind", choices=kinds, help="what policies are used for, where the file does not say; otherwise it is guessed")
    types = ", ".join(RESOURCE_KINDS)
    add("--resource-type", metavar="TYPE", help=f"what holds policies of kind `resource`: {types}")
    add("--format", choices=["text", "json", "sarif", "github"], default="text")
    levels = [str(level) for level in Level if level is not Level.OFF]
    add("--fail-on", choices=[*levels, "nothing"], help="the least grave finding that fails (default: warning)")
    add("--config", metavar="FILE", help=f"TOML or YAML (default: {DEFAULT_NAME}, where there is one)")
    add("--ignore-others", action="store_true", help="pass over given files that hold no policy")
    add("--audit", action="store_true", help="also report what is a matter of judgement: escalation, credentials, wide resources")
    add("--explain", metavar="CODE", help="say what a finding means, and nothing else")
    add_knowledge(parser)
    parser.set_defaults(run=run)


def add_knowledge(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say what is known of services."""
    group = parser.add_argument_group("knowledge of services")
    add = group.add_argument
    add("--service-reference", action="append", default=[], metavar="FILE", help="file or directory that describes services")
    add("--services", metavar="FILE", help="JSON with the partitions and services that the host registers")


def run(options: argparse.Namespace) -> int:
    """Validates, and prints what was found."""
    if options.explain is not None:
        print(_explained(options.explain))
        return 0
    if not options.files:
        raise ValidationError("no files given")
    config = _config(options)
    report = validate_files(
        options.files,
        config=config,
        services=reference_of([*config.service_references, *(Path(path) for path in options.service_reference)]),
        registry=registry_of(str(config.services) if config.services is not None else None),
        today=date.today(),
        resource_type=options.resource_type,
        others="ignore" if options.ignore_others else "refuse",
    )
    if options.format == "json":
        print(json.dumps(json_report(report), indent=1, ensure_ascii=False))
    elif options.format == "sarif":
        from bailiwick import __version__

        print(json.dumps(sarif_report(report, version=__version__), indent=1, ensure_ascii=False))
    elif options.format == "github":
        for line in github_report(report):
            print(line)
    else:
        print_text(report, Console(highlight=False))
    if options.format in ("sarif", "github"):
        print_summary(report.services, report.notes)
    return 1 if report.fails(config.fail_on) else 0


def print_summary(services: str, notes: tuple[str, ...]) -> None:
    """What was known, for people, where the report itself is for programs."""
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
    print(f"known: {services}", file=sys.stderr)


def reference_of(paths: list[Path]) -> ServiceReference:
    """What is installed, with what files say in place of it; a file of all services stands alone."""
    found = installed_reference()
    for path in paths:
        given = load_reference(path)
        found = given if given.is_complete else found.with_services(given)
    return found


def default_config() -> Config:
    """The configuration of the directory where the command runs, if there is one."""
    path = Path(DEFAULT_NAME)
    return load_config(path) if path.is_file() else Config()


def _config(options: argparse.Namespace) -> Config:
    """The configuration file, under what the command line says."""
    config = load_config(Path(options.config)) if options.config is not None else default_config()
    if options.kind is not None:
        config = replace(config, kind=PolicyKind(options.kind), files=())
    if options.fail_on is not None:
        level = None if options.fail_on == "nothing" else Level(options.fail_on).type
        config = replace(config, fail_on=level)
    if options.audit:
        config = replace(config, audit=True)
    if options.services is not None:
        config = replace(config, services=Path(options.services))
    return config


def _explained(code: str) -> str:
    entry = CATALOGUE.get(OTHER_NAMES.get(code.upper(), code.upper()))
    if entry is None:
        raise ValidationError(f"there is no finding `{code}`")
    return entry_text(entry)
