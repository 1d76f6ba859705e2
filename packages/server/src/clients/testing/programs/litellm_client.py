"""LiteLLM with its provider for OpenAI: both endpoints."""

import json

import litellm
from report import ANOTHER, API_KEY, BASE_URL, MODEL, QUESTION, REQUEST, City, Person, report, weather_of

# It prints hints to where the outcome goes.
litellm.suppress_debug_info = True

settings = {
    "model": f"openai/{MODEL}",
    "api_base": BASE_URL,
    "api_key": API_KEY,
    "temperature": 0,
    "num_retries": 0,
}
function = {"name": "get_weather", "description": "Weather of a city", "parameters": City.model_json_schema()}


def completed(stream, **body):
    """The message of an answer, put together by the client where it was streamed."""
    if not stream:
        return litellm.completion(**settings, **body).choices[0].message
    chunks = list(litellm.completion(**settings, **body, stream=True, stream_options={"include_usage": True}))
    return litellm.stream_chunk_builder(chunks).choices[0].message


def chat_tools(stream=False):
    messages = [QUESTION]
    body = {"tools": [{"type": "function", "function": function}], "max_tokens": 100}
    message = completed(stream, **body, messages=messages, tool_choice="required")
    messages.append(message)
    for call in message.tool_calls:
        content = weather_of(json.loads(call.function.arguments)["city"])
        messages.append({"role": "tool", "tool_call_id": call.id, "name": call.function.name, "content": content})
    second = completed(stream, **body, messages=messages, tool_choice="none")
    calls = [{"name": call.function.name, "arguments": json.loads(call.function.arguments)} for call in message.tool_calls]
    return {"calls": calls, "answer": second.content}


def chat_form(stream=False):
    messages = [REQUEST]
    forms = []
    for _ in range(2):
        message = completed(stream, messages=messages, response_format=Person, max_tokens=100)
        forms.append(Person.model_validate_json(message.content).model_dump())
        messages += [message, ANOTHER]
    return {"forms": forms}


def responses_tools():
    given = [QUESTION]
    body = {"tools": [{"type": "function", **function}], "max_output_tokens": 100}
    first = litellm.responses(**settings, **body, input=given, tool_choice="required")
    called = [item for item in first.output if item.type == "function_call"]
    for call in called:
        given.append(call.model_dump(exclude_none=True))
        output = weather_of(json.loads(call.arguments)["city"])
        given.append({"type": "function_call_output", "call_id": call.call_id, "output": output})
    second = litellm.responses(**settings, **body, input=given, tool_choice="none")
    calls = [{"name": call.name, "arguments": json.loads(call.arguments)} for call in called]
    texts = [part.text for item in second.output if item.type == "message" for part in item.content]
    return {"calls": calls, "answer": "".join(texts)}


def responses_form():
    given = [REQUEST]
    forms = []
    for _ in range(2):
        response = litellm.responses(**settings, input=given, text_format=Person, max_output_tokens=100)
        text = "".join(part.text for item in response.output if item.type == "message" for part in item.content)
        forms.append(Person.model_validate_json(text).model_dump())
        given += [{"role": "assistant", "content": text}, ANOTHER]
    return {"forms": forms}


report(
    {
        "chat tools": chat_tools,
        "chat tools, streamed": lambda: chat_tools(stream=True),
        "chat form": chat_form,
        "chat form, streamed": lambda: chat_form(stream=True),
        "responses tools": responses_tools,
        "responses form": responses_form,
    }
)
