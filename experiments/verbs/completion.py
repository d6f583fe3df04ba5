"""``ccosim completion bash``: a script that completes by itself, so that no key press waits for this program."""

from collections.abc import Sequence
from typing import Any, Literal, get_args, get_origin

from experiments.verbs.catalog import VERBS
from sim.engine.text import did_you_mean, shown
from sim.paths import conf_folder
from sim.scenario import Scenario, ScenarioError
from sim.scenario.declared import declared_parameters
from sim.scenario.faults import field_at
from sim.scenario.overrides import EXPERIMENT, GROUPS, options
from sim.scenario.request import settable_keys

SHELLS = ("bash",)

SCRIPT = """\
# Completes the command ccosim in bash. Made by `ccosim completion bash`; make it again after adding options.
_ccosim() {{
    local line="${{COMP_LINE:0:COMP_POINT}}" current words
    current="${{line##*[[:space:]]}}"
    if (( COMP_CWORD == 1 )); then
        words="{verbs} --help --version"
    else
        case "${{COMP_WORDS[1]}}" in
{own_words}
            benchmark) words="oregon {keys} --help" ;;
            parameters | cite) words="--csv {keys} --help" ;;
            *) words="{keys} --help" ;;
        esac
        case "$current" in
{values}
            parameters.*) words="{parameters}" ;;
        esac
    fi
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    [[ ${{#COMPREPLY[@]}} -eq 1 && "${{COMPREPLY[0]}}" == *[=.] ]] && compopt -o nospace
    # "=" breaks words in bash: it replaces only what follows the last one.
    if [[ "$current" == *=* && "$COMP_WORDBREAKS" == *=* ]]; then
        local before="${{current%"${{current##*=}}"}}"
        COMPREPLY=("${{COMPREPLY[@]#"$before"}}")
    fi
}}
complete -F _ccosim ccosim
"""

STUDIES = '$(ls -- results 2>/dev/null | tr "\\n" " ") results_root='


def run(words: Sequence[str]) -> int:
    """Print the completion script of a shell."""
    if list(words) not in [[shell] for shell in SHELLS]:
        given = " ".join(words)
        raise ScenarioError([f"{shown(given)}: must be one of {', '.join(SHELLS)}{did_you_mean(given, SHELLS)}"])
    print(script(), end="")
    return 0


def script() -> str:
    """Return the script, with every verb, group, option, key and parameter in it."""
    keys = settable_keys(Scenario)
    groups = {group: options(conf_folder(), group) for group in (*GROUPS, EXPERIMENT)}
    closed = {key: values for key in keys if (values := _literals(key))}
    own_words = {
        "describe": "month measures members scenario gallery --help",
        "completion": f"{' '.join(SHELLS)} --help",
        "status": f"{STUDIES} --help",
        "dashboard": f"--port --study --public {STUDIES} --help",
        "diff": f"{STUDIES} --help",
        "reproduce": f"{STUDIES} threads= runs= --help",
        "report": f"{STUDIES} parameters.economics. --help",
        "sensitivity": f"{STUDIES} outcome= arm= parameters.economics. --help",
    }
    names = declared_parameters(conf_folder()).names()
    return SCRIPT.format(
        verbs=" ".join(verb.name for verb in VERBS),
        own_words="\n".join(f'            {verb}) words="{words}" ;;' for verb, words in own_words.items()),
        keys=" ".join([*(f"{group}=" for group in groups), *(f"{key}=" for key in keys), "parameters."]),
        values="\n".join(_case(key, found) for key, found in {**groups, **closed}.items()),
        parameters=" ".join(f"parameters.{name}=" for name in names),
    )


def _case(key: str, values: Sequence[str]) -> str:
    return f'            {key}=*) words="{" ".join(f"{key}={value}" for value in values)}" ;;'


def _literals(key: str) -> tuple[str, ...]:
    """Return the values that a key may have, if they are a closed list of words."""
    field = field_at(Scenario, key.split("."))
    annotation: Any = field.annotation if field else None
    return get_args(annotation) if get_origin(annotation) is Literal else ()
