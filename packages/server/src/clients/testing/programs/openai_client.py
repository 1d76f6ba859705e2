"""The official client of OpenAI."""

import openai
from openai import OpenAI
from report import ANOTHER, API_KEY, BASE_URL, MODEL, QUESTION, REQUEST, City, Person, report, weather_of

client = OpenAI(base_url=BASE_URL, api_key=API_KEY, max_retries=0)
settings = {"model": MODEL, "temperature": 0}


def chat_tools():
    messages = [QUESTION]
    body = {**settings, "tools": [openai.pydantic_function_tool(City, name="get_weather")], "max_completion_tokens": 100}
    message = client.chat.completions.parse(**body, messages=messages, tool_choice="required").choices[0].message
    messages.append(message)
    for call in message.tool_calls:
        content = weather_of(call.function.parsed_arguments.city)
        messages.append({"role": "tool", "tool_call_id": call.id, "content": content})
    second = client.chat.completions.parse(**body, messages=messages, tool_choice="none")
    calls = [
        {"name": call.function.name, "arguments": call.function.parsed_arguments.model_dump()}
        for call in message.tool_calls
    ]
    return {"calls": calls, "answer": second.choices[0].message.content}


def chat_form():
    messages = [REQUEST]
    body = {**settings, "response_format": Person, "max_completion_tokens": 100}
    first = client.chat.completions.parse(**body, messages=messages).choices[0].message
    messages += [first, ANOTHER]
    second = client.chat.completions.parse(**body, messages=messages).choices[0].message
    return {"forms": [first.parsed.model_dump(), second.parsed.model_dump()]}


def chat_form_streamed():
    messages = [REQUEST]
    body = {**settings, "response_format": Person, "max_completion_tokens": 100}
    forms = []
    for _ in range(2):
        with client.chat.completions.stream(**body, messages=messages) as stream:
            message = stream.get_final_completion().choices[0].message
        forms.append(message.parsed.model_dump())
        messages += [message, ANOTHER]
    return {"forms": forms}


def responses_tools():
    tools = [openai.pydantic_function_tool(City, name="get_weather")["function"]]
    body = {**settings, "tools": [{"type": "function", **tools[0]}], "store": False, "max_output_tokens": 100}
    given = [QUESTION]
    first = client.responses.parse(**body, input=given, tool_choice="required")
    given += first.output
    called = [item for item in first.output if item.type == "function_call"]
    for call in called:
        output = weather_of(City.model_validate_json(call.arguments).city)
        given.append({"type": "function_call_output", "call_id": call.call_id, "output": output})
    second = client.responses.create(**body, input=given, tool_choice="none")
    calls = [{"name": call.name, "arguments": City.model_validate_json(call.arguments).model_dump()} for call in called]
    return {"calls": calls, "answer": second.output_text}


def responses_form_streamed():
    body = {**settings, "text_format": Person, "store": False, "max_output_tokens": 100}
    given = [REQUEST]
    forms = []
    for _ in range(2):
        with client.responses.stream(**body, input=given) as stream:
            response = stream.get_final_response()
        forms.append(response.output_parsed.model_dump())
        given += [*response.output, ANOTHER]
    return {"forms": forms}


report(
    {
        "chat tools": chat_tools,
        "chat form": chat_form,
        "chat form, streamed": chat_form_streamed,
        "responses tools": responses_tools,
        "responses form, streamed": responses_form_streamed,
    }
)
