"""What both programs have in common: where the server is, what they ask, and how they tell what came of it."""

import json
import os
import traceback
from typing import Literal

from pydantic import BaseModel, Field

BASE_URL = os.environ["SERVER_URL"]
MODEL = os.environ["SERVER_MODEL"]
API_KEY = "none is asked for"

QUESTION = {"role": "user", "content": "What is the weather in Paris?"}
REQUEST = {"role": "user", "content": "Invent a person: name, age and mood."}
ANOTHER = {"role": "user", "content": "Now invent another person."}


class City(BaseModel):
    """Weather of a city"""

    city: str = Field(max_length=20)


class Person(BaseModel):
    name: str = Field(max_length=20)
    age: int
    mood: Literal["happy", "sad"]


def weather_of(city):
    """What the tool gives."""
    return json.dumps({"city": city, "celsius": 21, "sky": "clear"})


def report(scenarios):
    """Runs each scenario, whatever becomes of the others, and prints by name what it gave or why it failed."""
    told = {}
    for name, run in scenarios.items():
        try:
            told[name] = {"kind": "done", **run()}
        except Exception:
            told[name] = {"kind": "failed", "error": traceback.format_exc()}
    print(json.dumps(told))
