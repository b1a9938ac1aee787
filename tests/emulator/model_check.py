"""Holds an answer against botocore's service model, more strictly than botocore does.

botocore's own parser drops what it does not know; here that is an error.
"""

from xml.etree import ElementTree


def check_json(value, shape, path="answer"):
    """Return all that is wrong with a JSON value, as texts."""
    if value is None:
        return []  # EKS writes null for an absent member
    if shape is None:
        return [] if value == {} else [f"{path}: no output is modeled, got {value!r}"]
    checker = {"structure": _structure, "list": _list, "map": _map}.get(shape.type_name, _scalar)
    return checker(value, shape, path)


def _structure(value, shape, path):
    if not isinstance(value, dict):
        return [f"{path}: expected an object, got {value!r}"]
    members = {m.serialization.get("name", n): m for n, m in shape.members.items()}
    wrong = [f"{path}: unknown member {name}" for name in value if name not in members]
    wrong += [f"{path}: missing {name}" for name in shape.required_members if name not in value]
    for name, member in members.items():
        if name in value:
            wrong += check_json(value[name], member, f"{path}.{name}")
    return wrong


def _list(value, shape, path):
    if not isinstance(value, list):
        return [f"{path}: expected a list, got {value!r}"]
    wrong = []
    for index, item in enumerate(value):
        wrong += check_json(item, shape.member, f"{path}[{index}]")
    return wrong


def _map(value, shape, path):
    if not isinstance(value, dict):
        return [f"{path}: expected a map, got {value!r}"]
    wrong = []
    for key, item in value.items():
        wrong += check_json(item, shape.value, f"{path}.{key}")
    return wrong


def _scalar(value, shape, path):
    kind = shape.type_name
    if not _is_of_type(value, kind):
        return [f"{path}: expected {kind}, got {value!r}"]
    allowed = getattr(shape, "enum", None)
    if allowed and value not in allowed:
        return [f"{path}: {value!r} is none of {allowed}"]
    return []


def _is_of_type(value, kind):
    if kind == "boolean":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if kind in ("integer", "long"):
        return isinstance(value, int)
    if kind in ("timestamp", "double", "float"):
        return isinstance(value, (int, float))
    return isinstance(value, str)


def check_query(body, operation):
    """The same for an XML answer of the query protocol."""
    root = ElementTree.fromstring(body)
    wrong = []
    if _tag(root) != f"{operation.name}Response":
        wrong.append(f"root element is {_tag(root)}")
    if operation.output_shape is None:
        return wrong
    results = [child for child in root if _tag(child) == f"{operation.name}Result"]
    if not results:
        return [*wrong, "no result element"]
    return wrong + _check_element(results[0], operation.output_shape, "answer")


def _tag(element):
    return element.tag.rsplit("}", 1)[-1]


def _check_element(element, shape, path):
    if shape.type_name == "structure":
        return _check_children(element, shape, path)
    if shape.type_name == "list":
        wrong = []
        for child in element:
            wrong += _check_element(child, shape.member, f"{path}[]")
        return wrong
    if len(element):
        return [f"{path}: expected {shape.type_name}, got elements"]
    return _check_text(element.text or "", shape, path)


def _check_children(element, shape, path):
    members = {m.serialization.get("name", n): m for n, m in shape.members.items()}
    names = [_tag(child) for child in element]
    wrong = [f"{path}: unknown member {name}" for name in names if name not in members]
    wrong += [f"{path}: missing {name}" for name in shape.required_members if name not in names]
    for child in element:
        if _tag(child) in members:
            wrong += _check_element(child, members[_tag(child)], f"{path}.{_tag(child)}")
    return wrong


def _check_text(text, shape, path):
    if shape.type_name in ("integer", "long") and not text.lstrip("-").isdigit():
        return [f"{path}: expected a number, got {text!r}"]
    if shape.type_name == "boolean" and text not in ("true", "false"):
        return [f"{path}: expected a boolean, got {text!r}"]
    return []
