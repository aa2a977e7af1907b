"""Report as JUnit XML, which CI systems show as a table of tests."""

from __future__ import annotations

from collections import defaultdict
from xml.etree import ElementTree

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.template.checking import Located, TemplateReport
from cdk_batch_mnp.template.reports.printable import printable, xml_without_commands
from cdk_batch_mnp.template.source.errors import TemplateError


def write(report: TemplateReport, strict: bool) -> str:
    """Return a report as JUnit XML: a suite for each template, a case for each finding.

    Warnings fail only if ``strict``, and hints never; acknowledged findings are skipped cases.
    """
    by_file: dict[str, list[Located]] = {file: [] for file in report.files}
    for located in (*report.findings, *report.hints, *report.acknowledged):
        by_file.setdefault(located.place.file, []).append(located)
    unusable: dict[str, list[TemplateError]] = defaultdict(list)
    for error in report.unusable:
        unusable[error.file].append(error)

    root = ElementTree.Element("testsuites", name="cdk-batch-mnp")
    for file in sorted({*by_file, *unusable}):
        suite = ElementTree.SubElement(root, "testsuite", name=_text(file))
        for located in by_file.get(file, ()):
            _case(suite, located, strict)
        for error in unusable.get(file, ()):
            case = ElementTree.SubElement(suite, "testcase", classname=_text(file), name="readable")
            ElementTree.SubElement(case, "error", type="unusable", message=_text(str(error)))
        for key in report.repeated_keys:
            if key.file == file:
                case = ElementTree.SubElement(suite, "testcase", classname=_text(file), name="keys")
                if strict:
                    ElementTree.SubElement(
                        case, "failure", type="warning", message=_text(key.reason)
                    )
                else:
                    ElementTree.SubElement(case, "system-out").text = _text(str(key))
        if not len(suite):
            ElementTree.SubElement(suite, "testcase", classname=_text(file), name="rules")
        _count(suite)
    _count(root)
    ElementTree.indent(root)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        + xml_without_commands(ElementTree.tostring(root, encoding="unicode"))
        + "\n"
    )


def _case(suite: ElementTree.Element, located: Located, strict: bool) -> None:
    finding, place = located.finding, located.place
    case = ElementTree.SubElement(
        suite,
        "testcase",
        classname=_text(finding.resource_id),
        name=_text(" ".join((finding.rule.id, str(finding.property_path))).strip()),
        file=_text(place.file),
    )
    if place.line is not None:
        case.set("line", str(place.line))
    if located.reason is not None:
        ElementTree.SubElement(case, "skipped", message=_text(located.reason))
    elif finding.severity is Severity.ERROR or (strict and finding.severity is Severity.WARNING):
        failure = ElementTree.SubElement(
            case, "failure", type=str(finding.severity), message=_text(finding.message)
        )
        failure.text = _text(str(finding))
    else:
        ElementTree.SubElement(case, "system-out").text = _text(f"{finding.severity}: {finding}")


def _count(element: ElementTree.Element) -> None:
    for attribute, tag in (
        ("tests", "testcase"),
        ("failures", "failure"),
        ("errors", "error"),
        ("skipped", "skipped"),
    ):
        element.set(attribute, str(sum(1 for _ in element.iter(tag))))


def _text(text: str) -> str:
    """Replace what XML 1.0 cannot hold, even escaped, and what is not printable."""
    if text.isprintable():
        return text
    return "\n".join(
        # A line separator, for one, is not printable, and not a line end in XML.
        printable(line.replace("\t", " "))
        for line in text.split("\n")
    )
