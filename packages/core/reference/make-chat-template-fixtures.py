"""Renders chat templates and expressions with Python's jinja2, as `transformers` sets it up.

    pip install jinja2==3.1.6
    python3 make-chat-template-fixtures.py      # writes *.json beside the templates

The environment is that of `transformers.utils.chat_template_utils`: an immutable sandbox with `trim_blocks`,
`lstrip_blocks`, loop controls, a `generation` tag, and a `tojson` that is `json.dumps`.
"""

import json
import pathlib
from datetime import datetime

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

HERE = pathlib.Path(__file__).parent / "chat-templates"
NOW = datetime(2024, 7, 26, 12, 0, 0)


class GenerationTag(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    env = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[GenerationTag, loopcontrols]
    )
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = NOW.strftime
    return env


def render(source, variables):
    try:
        return {"text": environment().from_string(source).render(**variables)}
    except Exception as error:  # noqa: BLE001: whatever Python refuses must be refused
        return {"error": str(error)}


def dump(name, value):
    (HERE / name).write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def main():
    conversations = json.loads((HERE / "conversations.json").read_text())
    fixtures = {}
    for path in sorted(HERE.glob("*.jinja")):
        fixtures[path.stem] = {}
        for name, conversation in conversations.items():
            variables = {
                **conversation.get("variables", {}),
                "messages": conversation["messages"],
                "tools": conversation.get("tools"),
                "documents": None,
                "add_generation_prompt": conversation.get("addGenerationPrompt", True),
                "bos_token": "<bos>",
                "eos_token": "<eos>",
            }
            fixtures[path.stem][name] = render(path.read_text(), variables)
    dump("rendered.json", fixtures)

    given = json.loads((HERE / "expressions.json").read_text())
    dump(
        "expressions-rendered.json",
        {source: render(source, given["variables"]) for source in given["templates"]},
    )


main()
