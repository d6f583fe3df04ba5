"""The command ``ccosim``: finds the verb, hands it the rest, and turns every fault into one message and an exit code.

Exit codes: 0 done, 1 the check asked for failed, 2 bad input, 130 interrupted and resumable.
"""

import argparse
import errno
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import NoReturn

from experiments.terminal.process import Interrupted, lost_output, prepare_process, requests_to_end
from experiments.verbs.catalog import BY_NAME, OVERRIDES, VERBS, Verb
from sim.engine.text import did_you_mean, printable, shown
from sim.own_folder import own_folder

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
CONF = "conf="
LONGEST = 5000  # letters of a message
PRINTED_ONLY = (
    "describe",
    "parameters",
    "cite",
    "status",
    "cache",
    "diff",
    "completion",
)  # what they print is all that they do

OVERRIDES_IN_WORDS = """Overrides are key=value, as in Hydra: groups (payment=global_budget), keys (months=24,
population.sample=0.1, seeds=[1,2,3]) and parameters (parameters.needs.food_onset=0.02).
`ccosim describe scenario` lists the keys, `ccosim parameters` the parameters. With every verb, conf=DIR (or the
variable CCOSIM_CONF) is a folder of your own that is searched before the shipped one."""


class BadInput(Exception):  # noqa: N818, it is not an error of the program
    """What was asked for cannot be done; ``messages`` says why, all at once."""

    def __init__(self, *messages: str) -> None:
        self.messages = list(messages)
        super().__init__("\n".join(messages))


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the words after ``ccosim`` ask for (default: those of this process) and return the exit code."""
    if argv is None:  # the command itself, not a program that calls it
        prepare_process()
    words = list(sys.argv[1:] if argv is None else argv)
    code = _answered(lambda: _dispatch(words))
    if (fault := lost_output()) is None:
        return code
    studied = words[0] not in PRINTED_ONLY
    kept = "; the files are complete" if studied and code == DONE else ""
    print(f"ccosim: standard output: {fault.strerror}, the rest was not printed{kept}", file=sys.stderr)
    return code if studied else code or BAD_INPUT


def _answered(work: Callable[[], int]) -> int:
    """Return the exit code of what is done; every fault of the user's is one message."""
    came: list[int] = []
    try:
        with requests_to_end() as came:
            return work()
    except KeyboardInterrupt as end:
        return _interrupted(end)
    except Exception as fault:
        if came:  # a library made something else of the interruption
            return _interrupted(fault)
        if isinstance(fault, OSError) and fault.errno in FULL:
            kept = "the finished runs of a study are kept; free some space and give the same command again"
            return _refuse([f"{_words_of(fault)}; {kept}"], "stopped")
        messages = [_words_of(fault)] if isinstance(fault, OSError) else _messages_of(fault)
        if messages is None:
            raise  # a fault of the program: its traceback is what we need to see
        return _refuse(messages, getattr(fault, "so", "nothing was run"))


def _interrupted(end: BaseException) -> int:
    """Say so in one line; a study's folder comes last on standard output."""
    print(f"ccosim: {end if isinstance(end, Interrupted) else 'interrupted'}", file=sys.stderr)
    if isinstance(end, Interrupted):
        print(end.folder)
    return INTERRUPTED


def _messages_of(fault: Exception) -> list[str] | None:
    """Return what an error says to the user, if it is one that the project declares to be about input."""
    messages = getattr(fault, "messages", None)
    if isinstance(messages, list):
        return messages
    ours = type(fault).__module__.partition(".")[0] in ("sim", "experiments")
    return [str(fault)] if ours and isinstance(fault, ValueError) else None


def _dispatch(words: list[str]) -> int:
    parser = _parser()
    if not words:
        parser.print_help()
        return DONE
    if not words[0].startswith("-") and words[0] not in BY_NAME:
        valid = ", ".join(BY_NAME)
        raise BadInput(f"{shown(words[0])}: no such verb, must be one of {valid}{did_you_mean(words[0], BY_NAME)}")
    _check_flags(words[0], words)
    try:
        parsed = parser.parse_args(words)
    except SystemExit:  # argparse has printed its help
        return DONE
    if parsed.version:
        from importlib.metadata import version

        print(f"ccosim {version('ccosim')}")
        return DONE
    flags = {flag: value for flag, value in vars(parsed).items() if flag in _flags(parsed.verb) and value is not None}
    with _own_folder(parsed.words) as rest:
        return int(import_module(f"experiments.verbs.{parsed.verb}").run(rest, **flags))


@contextmanager
def _own_folder(words: Sequence[str]) -> Iterator[list[str]]:
    """Use the folder that ``conf=DIR`` names, whatever the verb; yield the other words."""
    given = [word.partition("=")[2] for word in words if word.startswith(CONF)]
    if len(given) > 1:
        raise BadInput(f"conf: given twice ({' and '.join(map(shown, given))})")
    with own_folder(given[0] if given else None, by_all_threads=True):
        yield [word for word in words if not word.startswith(CONF)]


class _Parser(argparse.ArgumentParser):
    """A parser whose complaints are like all others."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{message} (keys are set as key=value, such as months=24; see {self.prog} --help)")


def _check_flags(verb: str, words: list[str]) -> None:
    """Refuse what begins like a flag and is none of the verb's."""
    known = ["--help", *(flag.name for flag in BY_NAME[verb].flags)] if verb in BY_NAME else ["--help", "--version"]
    flags = {flag.name for flag in BY_NAME[verb].flags if flag.takes} if verb in BY_NAME else set()
    names = [word.partition("=")[0] if word.partition("=")[0] in flags else word for word in words]
    wrong = [word for word in names if word.startswith("-") and word not in ("-h", "--", *known)]
    if wrong:
        messages = (
            f"{shown(word)}: no such flag, must be one of {', '.join(known)}{did_you_mean(word, known)}; keys are set "
            "as key=value, such as months=24"
            for word in wrong
        )
        raise BadInput(*messages)


def _flags(verb: str) -> set[str]:
    return {flag.name.lstrip("-") for flag in BY_NAME[verb].flags}


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        "ccosim",
        description="Simulate a state Medicaid system built on coordinated care organizations.",
        epilog=f"{OVERRIDES_IN_WORDS}\n`ccosim VERB --help` gives examples.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    for verb in VERBS:
        _add(verbs, verb)
    return parser


def _add(verbs: "argparse._SubParsersAction[_Parser]", verb: Verb) -> None:
    examples = "\n".join(f"  {example}" for example in verb.examples)
    notes = f"{OVERRIDES_IN_WORDS}\n\n" if verb.takes.endswith(OVERRIDES) else ""
    parser = verbs.add_parser(
        verb.name,
        help=verb.help,
        description=f"{verb.help[0].upper()}{verb.help[1:]}.",
        epilog=f"{notes}examples:\n{examples}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        usage=" ".join(["ccosim", verb.name, "[-h]", *(f"[{flag.name}]" for flag in verb.flags), verb.takes, "..."]),
    )
    for flag in verb.flags:
        if flag.takes:
            parser.add_argument(flag.name, metavar=flag.takes, type=_not_empty, help=flag.help)
        else:
            parser.add_argument(flag.name, action="store_true", help=flag.help)
    parser.add_argument("words", nargs="*", metavar=verb.takes.split()[0], help=argparse.SUPPRESS)


def _not_empty(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("needs a value, and an empty one was given")
    return text


def _words_of(fault: OSError) -> str:
    return f"{fault.filename}: {fault.strerror}" if fault.filename else str(fault)


def _refuse(messages: list[str], so: str = "nothing was run") -> int:
    """Print every fault, one a line, on standard error."""
    count = f"{len(messages)} faults" if len(messages) > 1 else "1 fault"
    print(f"ccosim: {count}, {so}", file=sys.stderr)
    for message in messages:
        print(f"  {printable(message, LONGEST)}", file=sys.stderr)
    return BAD_INPUT


if __name__ == "__main__":
    sys.exit(main())
