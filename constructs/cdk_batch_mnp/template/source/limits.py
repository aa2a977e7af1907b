"""Every limit of what a template may be, and what each part of the check costs, in one place.

Templates may come from anyone. One budget of steps bounds the work of a run (:mod:`.budget`). What
is refused or unknown by itself, however much of the budget is left, has a limit here: because the
Python stack or the memory ends before the budget does, or because a report must stay readable.
"""

from __future__ import annotations

# The size of files and structures.

MAX_BYTES = 5 * 1024 * 1024
"""Bytes of a template. CloudFormation takes 1 MB; five times that leaves room for indentation."""

MAX_DEPTH = 200
"""Levels of structures in a template. No template needs a tenth of that."""

MAX_VALUES = 2_000_000
"""Values of a YAML document with all aliases expanded."""

MAX_LEVELS = 10
"""Levels of nested stacks, and of stages in an assembly."""

MAX_CONSTRUCT_DEPTH = 200
"""Levels of constructs at which a finding can be acknowledged."""

MAX_NESTING = 100
"""Levels of nested intrinsic functions, also through parameters, outputs and conditions."""

# The values of intrinsic functions. What exceeds one of these is unknown.

MAX_JOINED = 100_000
"""Characters, and parts, of a text that is joined from others."""

MAX_NUMBER = 10**18
"""Size of a number; no property of AWS Batch is larger."""

MAX_ALTERNATIVES_DEPTH = 50
"""Levels of two structures that are compared for what they have in common."""

MAX_JSON_DEPTH = 100
"""Levels of a JSON text in a template, such as the definition of a state machine."""

MAX_STATE_DEPTH = 20
"""Levels of Parallel and Map states, and of the values of their parameters."""

# Texts for people.

MAX_REASON = 2000
"""Characters of a reason. A template can make it as long as itself."""

MAX_CRASH_MESSAGE = 300
"""Characters of the message of an exception."""

MAX_UNDEFINED = 20
"""Undefined names of a template that are reported one by one."""

MAX_REPEATED = 20
"""Most repeated keys of a template that are reported."""

MAX_SUGGESTIONS = 5
"""Undefined or unknown names that get a suggestion."""

MAX_CANDIDATES = 1000
"""Names of a template that a misspelt one is compared with."""

MAX_COMPARED_LENGTH = 100
"""Characters of a name that is compared with others."""

MAX_LISTED = 5
"""Templates that were not checked and are listed by name."""

# Checking a template again with answers to open questions.

MAX_ANSWERS = 4
"""Most allowed values of an unknown parameter for which each value is checked."""

MAX_CASES = 16
"""Most answers to open questions with which a template is checked again."""

STEPS_OF_CASES = 200_000
"""Most steps for checking a template again: about a tenth of a second."""

# The budget of a run.

STEPS = 2_500_000
"""Steps that every run may do; a step takes about a microsecond."""

STEPS_PER_FILE = 50_000
"""Steps that each file adds, whatever its size."""

MOST_BYTES = 1024 * 1024
"""Bytes of a file that add a step each: CloudFormation takes a template of 1 MB."""

# What is taken from it, in steps.

BYTES_PER_STEP = 10
"""Bytes of a document that are read in a step."""

LONG_TEXT = 4096
"""Characters of a text from which reading or copying it costs more than the value itself."""

CHARACTERS_PER_STEP = 64
"""Characters of a long text that are read or copied in a step."""

PARSED = 6
"""Steps for an event of the YAML parser."""

VALUE = 5
"""Steps for a resolved value, including the rules' work on it."""

RESOURCE = 10
"""Steps for a resource, each time that its stack is nested."""

DEFINITION = 600
"""Steps for a job definition."""

ENVIRONMENT = 300
"""Steps for a compute environment or a job queue."""

PAIR = 40
"""Steps for a job definition and a compute environment that may run it."""

GROUPS = 20
"""Steps for two node groups of a job definition."""

REACH = 3
"""Steps for a rule of a security group or an entry of a network ACL on the way to a service."""

SECRET = 5
"""Steps for a secret of a container and a statement that may allow reading it."""

FINDING = 150
"""Steps for a finding: its position in the text, and its lines in a report."""
