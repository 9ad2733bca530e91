"""Policies and inputs for `rego-differential`, made from a seed: the forms of Rego that people write, put together at random.

A policy is safe by construction (every variable is bound somewhere in its body), but not always well typed at run time: a built-in
function on the wrong kind of value is part of what is compared.
"""

import json
import random
import re

from rego_more import MORE_HELPERS, MORE_LITERALS, More

WORDS = ["web", "db", "cache", "api-v1", "Team.A", "x"]
IMAGES = ["nginx:latest", "redis:7", "app", "reg.io/app:1.2"]
INSTRUCTIONS = [
    "RUN apt-get update && apt-get install -y curl",
    "COPY --chown=app:app . /srv",
    "ENV name=web port=80",
    "EXPOSE 8080",
    "USER root",
    "LABEL name=db",
    'CMD ["serve", "--port", "80"]',
    'ENTRYPOINT ["/bin/run"]',
    "WORKDIR /srv",
    "ARG port=80",
    "HEALTHCHECK CMD curl localhost",
]


class Inputs:
    """Config files in every first-tier format, around one vocabulary so that rules find what they look for."""

    def __init__(self, chance):
        self.chance = chance

    def files(self):
        chance = self.chance
        documents = [self.record() for _ in range(chance.randint(1, 3))]
        files = {
            "a.yaml": "---\n".join(map(self.yaml, documents)),
            "b.json": json.dumps(self.record()),
            "c.toml": self.toml(self.record(flat=True)),
            "d.env": self.lines(self.record(flat=True), "="),
            "e.properties": self.lines(self.record(flat=True), " = "),
            "Dockerfile": self.dockerfile(),
            "f.tf": self.hcl(self.record()),
        }
        if chance.random() < 0.3:
            files["g.json"] = json.dumps([self.record(), self.record(), chance.choice([1, "x", None, []])])
        return files

    def record(self, flat=False):
        chance = self.chance
        scalars = {
            "name": lambda: chance.choice(WORDS),
            "kind": lambda: chance.choice(["Deployment", "Service", "web"]),
            "port": lambda: chance.choice([0, 80, 443, 8080, -1]),
            "ratio": lambda: chance.choice([0.5, 1.25, 2.0, 10]),
            "enabled": lambda: chance.random() < 0.5,
            "image": lambda: chance.choice(IMAGES),
        }
        record = {key: make() for key, make in scalars.items() if chance.random() < 0.75}
        nested = {
            "labels": lambda: {key: chance.choice(WORDS) for key in ["app", "tier", "name"] if chance.random() < 0.6},
            "ports": lambda: [chance.choice([80, 443, 8080]) for _ in range(chance.randint(0, 3))],
            "tags": lambda: [chance.choice(WORDS) for _ in range(chance.randint(0, 3))],
            "containers": lambda: [self.container() for _ in range(chance.randint(0, 3))],
            "spec": lambda: {"replicas": chance.randint(0, 3), "owner": chance.choice(WORDS)},
        }
        if not flat:
            record |= {key: make() for key, make in nested.items() if chance.random() < 0.75}
            if chance.random() < 0.2:
                record["nothing"] = None
        return record

    def container(self):
        chance = self.chance
        made = {"name": chance.choice(WORDS), "image": chance.choice(IMAGES), "cpu": chance.choice([1, 2, 0.5])}
        return {key: value for key, value in made.items() if chance.random() < 0.85}

    def yaml(self, record):
        """Block style at the top, flow style below: both are read."""
        return "".join(f"{key}: {json.dumps(value)}\n" for key, value in record.items()) or "{}\n"

    @staticmethod
    def toml(record):
        return "".join(f"{key} = {json.dumps(value)}\n" for key, value in record.items())

    @staticmethod
    def lines(record, between):
        return "".join(f"{key}{between}{value}\n" for key, value in record.items())

    def dockerfile(self):
        chance = self.chance
        lines = [f"FROM {chance.choice(IMAGES)} AS build"]
        lines += chance.sample(INSTRUCTIONS, chance.randint(0, 5))
        if chance.random() < 0.4:
            lines += [f"FROM {chance.choice(IMAGES)}", *chance.sample(INSTRUCTIONS, 2)]
        return "\n".join(lines) + "\n"

    @staticmethod
    def hcl(record):
        out = []
        for key, value in record.items():
            if key == "containers":
                for item in value:
                    body = "".join(f"  {k} = {json.dumps(v)}\n" for k, v in item.items())
                    out.append(f'resource "container" "{item.get("name", "c")}" {{\n{body}}}\n')
            else:
                out.append(f"{key} = {json.dumps(value)}\n")
        return "".join(out)


class Scope:
    """The variables that a body has bound so far, and the literals that bind and use them."""

    def __init__(self, parent=None):
        self.names = list(parent.names) if parent else []
        self.kinds = dict(parent.kinds) if parent else {}

    def add(self, name, kind):
        self.names.append(name)
        self.kinds[name] = kind
        return name

    def of(self, kind):
        return [name for name in self.names if self.kinds[name] == kind or kind == "any"]


class Policies(More):
    """One module `main` and sometimes a library beside it."""

    def __init__(self, chance):
        self.chance = chance
        self.count = 0
        self.helpers = []
        self.lib = chance.random() < 0.3
        self.alias = chance.random() < 0.3
        self.v0 = chance.random() < 0.25
        # All keywords together bring a `not` that means something else.
        each = [f"import future.keywords.{word}" for word in ("in", "if", "every", "contains")]
        self.keywords = chance.choice([["import future.keywords"], each, ["import rego.v1"], [*each, "import future.keywords.not"]])
        self.old_heads = self.v0 and self.keywords != ["import rego.v1"]
        self.inside_helper = False
        self.text = ""

    # Modules

    def files(self):
        chance = self.chance
        for make in chance.sample(HELPERS, chance.randint(1, 4)):
            make(self)
        texts = [text for _, text, _ in self.helpers]
        texts += [self.main_rule(index) for index in range(chance.randint(1, 4))]
        if chance.random() < 0.25:
            texts.append(self.exception())
        chance.shuffle(texts)
        head = self.head()
        self.text = "\n\n".join(texts)
        files = {"policy/main.rego": head + self.text + "\n"}
        if self.lib:
            files["policy/lib/lib.rego"] = self.library()
        files["policy/main_test.rego"] = self.tests()
        return files

    def tests(self):
        """Tests that pass, fail, are undefined or are skipped."""
        imports = "".join(line + "\n" for line in self.keywords) if self.v0 else ""
        chance = self.chance
        texts = []
        for index in range(chance.randint(1, 3)):
            rules = [name for name in ("deny", "warn", "violation") if re.search(rf"^{name}\b", self.text, re.M)]
            subject = chance.choice(rules or ["input"])
            check = chance.choice([f"count({subject}) == {chance.randint(0, 2)}", f"count({subject}) > 0", f"not {subject}.x", "input.ports[_] == 80"])
            given = json.dumps(Inputs(chance).record())
            name = chance.choice([f"test_{index}", "test_same", f"todo_test_{index}"])
            texts.append(f"{name} if {{\n\t{check} with input as {given}\n}}\n")
        if not self.v0 and rules and "deny" in rules:
            texts += [self.case_test(index) for index in range(chance.randint(0, 2))]
        return f"package main\n\n{imports}\n" + "\n".join(texts)

    def head(self):
        head = "package main\n\n"
        if self.chance.random() < 0.2:
            head = "# METADATA\n# title: all rules\n# custom:\n#  level: 3\n" + head
        imports = ["import data.lib.shared"] if self.lib else []
        imports += ["import input as doc"] if self.alias else []
        if self.v0:
            imports += self.keywords
        elif self.chance.random() < 0.2:
            imports.append("import rego.v1")
        return head + "".join(line + "\n" for line in imports) + "\n"

    def library(self):
        head = "package lib.shared\n\n" + ("\n".join(self.keywords) + "\n\n" if self.v0 else "")
        limit = "default limit := 5\n\nlimit := 9 if input.port == 80\n\n"
        names = "names contains name if {\n\tsome name in [input.name, input.labels.app]\n}\n\n"
        return head + limit + names + 'bad(x) if x == "web"\n\nbad(x) if {\n\tis_number(x)\n\tx > 100\n}\n'

    # Rules

    def main_rule(self, index):
        chance = self.chance
        name = chance.choice(["deny", "deny", "warn", "violation", f"deny_r{index}", f"warn_r{index}"])
        scope = Scope()
        notes = ""
        body = self.body(scope, chance.randint(1, 4))
        if chance.random() < 0.2:
            notes = f"# METADATA\n# title: rule {index}\n# description: about {index}\n# custom:\n#   severity: {chance.choice(['low', 'high'])}\n"
            if chance.random() < 0.5:
                body.append(f"m{index} := rego.metadata.rule()")
                scope.add(f"m{index}", "any")
            else:
                body.append(f"m{index} := [entry.path | some entry in rego.metadata.chain()]")
                scope.add(f"m{index}", "any")
        if chance.random() < 0.3:
            # An equation may stand behind what uses its result.
            body = [re.sub(r"^(v\d+) :=", r"\1 =", line) for line in body]
            chance.shuffle(body)
        message = self.message(scope, index)
        if chance.random() < 0.2:
            message = f'{{"msg": {message}, "level": {chance.randint(1, 3)}, "found": {self.term(scope, "any")}}}'
            return notes + self.set_rule(name, message, body)
        body.append(f"msg := {message}")
        return notes + self.set_rule(name, "msg", body)

    def set_rule(self, name, element, body):
        lines = "\n".join("\t" + line for line in body)
        if self.old_heads and self.chance.random() < 0.6:
            return f"{name}[{element}] {{\n{lines}\n}}"
        return f"{name} contains {element} if {{\n{lines}\n}}"

    def exception(self):
        scope = Scope()
        body = self.body(scope, 1)
        lines = "\n".join("\t" + line for line in [*body, f"count([{', '.join(scope.names)}]) < 9", f'rules := [{json.dumps(self.chance.choice(["", "r0", "r1"]))}]'])
        return f"exception contains rules if {{\n{lines}\n}}"

    def message(self, scope, index):
        shown = scope.names
        parts = " ".join(self.chance.choice(["%v", "%v", "%s", "%d"]) if self.chance.random() < 0.2 else "%v" for _ in shown)
        return f'sprintf("r{index} {parts}", [{", ".join(shown)}])'

    # Bodies

    def body(self, scope, size):
        lines = []
        for _ in range(size):
            lines += self.chance.choice(LITERALS)(self, scope)
        return lines

    def one_of(self, scope, *alternatives):
        """One of several groups of lines; `<kind>` in it becomes a new variable."""
        lines = self.chance.choice(alternatives)
        lines = [lines] if isinstance(lines, str) else lines
        return [re.sub("<(num|str|list|any)>", lambda found: self.fresh(scope, found[1]), line) for line in lines]

    def fresh(self, scope, kind):
        self.count += 1
        return scope.add(f"v{self.count}", kind)

    def root(self):
        return "doc" if self.alias and self.chance.random() < 0.5 else "input"

    def term(self, scope, kind):
        chance = self.chance
        known = scope.of(kind)
        if known and chance.random() < 0.5:
            return chance.choice(known)
        root = self.root()
        by_kind = {
            "num": [f"{root}.port", f"{root}.ratio", f"{root}.spec.replicas", "80", "2", f"count({root})", f"to_number({root}.port)"],
            "str": [f"{root}.name", f"{root}.kind", f"{root}.image", f"{root}.labels.app", '"web"', f"lower({root}.name)", f'{root}["name"]'],
            "list": [f"{root}.ports", f"{root}.tags", f"{root}.containers", "[1, 2]", f'object.get({root}, "tags", [])', f"{root}"],
            "map": [f"{root}.labels", f"{root}.spec", f"{root}", f"{root}.containers[0]"],
            "coll": [f"{root}.labels", f"{root}.ports", f"{root}", f"{root}.containers", '{"a", "b"}', '{"k": 1}'],
        }
        by_kind["any"] = by_kind["num"] + by_kind["str"] + by_kind["list"][:3] + by_kind["map"][:2] + [f"{root}.enabled", f"{root}.nothing", f"{root}[0].Cmd"]
        return chance.choice(by_kind[kind])

    # Literals: each takes the scope, extends it and gives lines of a body.

    def assigned(self, scope):
        kind = self.chance.choice(["num", "str", "list", "any"])
        term = self.term(scope, kind)
        return [f"{self.fresh(scope, kind)} := {term}"]

    def some_in(self, scope):
        collection = self.term(scope, "coll")
        if self.chance.random() < 0.5:
            key = self.fresh(scope, "any")
            return [f"some {key}, {self.fresh(scope, 'any')} in {collection}"]
        return [f"some {self.fresh(scope, 'any')} in {collection}"]

    def indexed(self, scope):
        collection = self.term(scope, "coll") if self.chance.random() < 0.5 else f"{self.root()}.containers"
        if not collection.replace(".", "").replace("_", "").isalnum():
            collection = "input"
        index = self.fresh(scope, "any")
        value = self.fresh(scope, "any")
        start = [f"some {index}"] if self.chance.random() < 0.7 else []
        return [*start, f"{value} := {collection}[{index}]"]

    def wildcard(self, scope):
        root = self.root()
        path = self.chance.choice([f"{root}.containers[_].image", f"{root}[_].Cmd", f"{root}[_]", f"{root}.resource.container[_].image", f"{root}[_][_]"])
        return [f"{self.fresh(scope, 'any')} := {path}"]

    def instruction(self, scope):
        index = self.fresh(scope, "num")
        command = self.chance.choice(["from", "run", "user", "copy", "cmd"])
        value = self.fresh(scope, "list")
        return [f'input[{index}].Cmd == "{command}"', f"{value} := input[{index}].Value"]

    def compared(self, scope):
        kind = self.chance.choice(["num", "str"])
        operator = self.chance.choice(["==", "!=", "<", "<=", ">", ">="])
        left = f"input.{self.chance.choice(['name', 'port', 'kind', 'ratio'])}"
        return [f"{left} {operator} {self.term(scope, kind)}"]

    def sum(self, scope):
        operator = self.chance.choice(["+", "-", "*", "/", "%"])
        left, right = self.term(scope, "num"), self.term(scope, "num")
        if self.chance.random() < 0.4:
            right = self.chance.choice(["0.1", "1.1", "2.2", "0.3", "3", "0.25", "9007199254740993"])
        if self.chance.random() < 0.2:
            return [f"{left} {operator} {right} {self.chance.choice(['==', '<', '>='])} {self.chance.choice(['0.3', '3.3', '88', '80.1'])}"]
        return [f"{self.fresh(scope, 'num')} := {left} {operator} {right}"]

    def member(self, scope):
        negated = "not " if self.chance.random() < 0.5 else ""
        term = self.term(scope, "any")
        collection = self.chance.choice(['{"web", "db", 80}', "input.tags", "input.labels", '["Service", 443]', "object.keys(input)"])
        return [f"{negated}{term} in {collection}"]

    def negated(self, scope):
        root = self.root()
        return [
            "not "
            + self.chance.choice(
                [
                    f"{root}.enabled",
                    f"{root}.spec.owner",
                    f"{root}.labels.tier",
                    f'startswith({self.term(scope, "str")}, "w")',
                    f"{root}.containers[0].cpu > 1",
                    f'{root}.name == "web"',
                    f"count({root}.tags) > 1",
                ]
            )
        ]

    def every(self, scope):
        inner = Scope(scope)
        collection = self.term(scope, "coll")
        value = self.fresh(inner, "any")
        if self.chance.random() < 0.3:
            key = self.fresh(inner, "any")
            return [f"every {key}, {value} in {collection} {{ {key} != {value} }}"]
        test = self.chance.choice([f"{value} != 80", f"is_string({value})", f"{value}.name", f'{value} in ["web", 80]', f"not {value} == input.port"])
        return [f"every {value} in {collection} {{ {test} }}"]

    def builtin(self, scope):
        text, any_ = self.term(scope, "str"), self.term(scope, "any")
        return [
            self.chance.choice(
                [
                    f'startswith({text}, "w")',
                    f'contains({text}, "e")',
                    f'endswith({text}, "latest")',
                    f'regex.match("^[a-z]+$", {text})',
                    f"is_string({any_})",
                    f"is_object({any_})",
                    f"count({self.term(scope, 'coll')}) > 1",
                    f'glob.match("*:latest", [], {text})',
                    f'not regex.match(`^\\d+$`, {text})',
                    f"is_array({any_})",
                    f'glob.match("*b", ["e", "-"], {text})',
                    f'glob.match("{{*e*,**b}}", null, {text})',
                    f"regex.match(`^[\\w--]+$`, {text})",
                    f"regex.match(`^[[a-z&&d]{{,9}}`, {text})",
                    f"regex.match(`^\\167[^]x]+\\<?$`, {text})",
                ]
            )
        ]

    def computed(self, scope):
        text, number = self.term(scope, "str"), self.term(scope, "num")
        items, mapping = self.term(scope, "list"), self.term(scope, "map")
        kind, made = self.chance.choice(
            [
                ("list", f'split({text}, ":")'),
                ("str", f'concat("-", ["a", {text}])'),
                ("str", f"upper({text})"),
                ("str", f'replace({text}, "e", "E")'),
                ("str", f'trim_suffix({text}, "b")'),
                ("str", f"substring({text}, 1, 2)"),
                ("str", f"format_int({number}, 16)"),
                ("num", f"to_number({number})"),
                ("num", f"max([{number}, 3])"),
                ("num", f"sum({items})"),
                ("num", f"abs({number})"),
                ("num", f"round({number})"),
                ("list", f"sort({items})"),
                ("any", f"object.keys({mapping})"),
                ("any", f'object.get({mapping}, ["app"], "none")'),
                ("any", f'object.remove({mapping}, ["name", "app"])'),
                ("any", f'object.union({mapping}, {{"added": 1}})'),
                ("any", f"json.marshal({mapping})"),
                ("any", f"array.concat({items}, [1])"),
                ("any", f"array.slice({items}, 0, 1)"),
                ("any", f"type_name({items})"),
                ("num", f"indexof({text}, \"e\")"),
                ("str", f"base64.encode({text})"),
                ("any", f'regex.find_n("[a-z]+", {text}, 2)'),
                ("str", f'sprintf("%v/%v", [{text}, {number}])'),
                ("any", f'json.filter({mapping}, ["app", "owner"])'),
                ("any", f"numbers.range(1, {number})"),
                ("any", f'trim({text}, "wb")'),
                ("any", f'strings.replace_n({{"w": "W"}}, {text})'),
                ("any", f'strings.replace_n({{"w": "e", "e": "b", "b": "w"}}, {text})'),
                ("num", f'strings.count({text}, "b")'),
                ("num", f"sum([{number}, 0.1, 0.2])"),
                ("num", f"product([{number}, 0.1])"),
                ("num", f"to_number({text})"),
                ("str", f"crypto.md5({text})"),
                ("str", f"urlquery.encode({text})"),
            ]
        )
        return [f"{self.fresh(scope, kind)} := {made}"]

    def comprehension(self, scope):
        inner = Scope(scope)
        collection = self.term(scope, "coll")
        value, key = self.fresh(inner, "any"), self.fresh(inner, "any")
        test = self.chance.choice(["", f"; {value} != 80", f"; is_string({value})", f"; not {value} == input.name"])
        source = self.chance.choice([f"some {key}, {value} in {collection}{test}", f"some {value} in {collection}{test}"])
        made = self.chance.choice([f"[{value} | {source}]", f"{{{value} | {source}}}"])
        if source.startswith(f"some {key}") and self.chance.random() < 0.5:
            made = f"{{{key}: {value} | {source}}}"
        if self.chance.random() < 0.3:
            return [f"{self.fresh(scope, 'num')} := count({made})"]
        return [f"{self.fresh(scope, 'any')} := {made}"]

    def unified(self, scope):
        text = self.term(scope, "str")
        return self.one_of(
            scope,
            f'[<str>, <str>] = split({text}, ":")',
            '{"app": <str>} = input.labels',
            '{"app": <str>, "tier": <str>} = input.labels',
            f'[<str>, <str>] := split({text}, ":")',
            '[<any>, <any>] = [input.name, input.kind]',
            f'["x", <any>] = ["x", {text}]',
            f'{{"name": <any>, "x": 1}} = {{"name": {text}, "x": 1}}',
            'some {"name": <any>, "image": <any>} in input.containers',
            'some <any>, {"name": <any>, "cpu": <any>} in input.containers',
            ["some <any> in input.containers", '{"name": <any>, "image": <any>} = input.containers[_]'],
            ["c0 := input.containers[_]", '{"name": <any>, "image": <any>} = c0'],
            'walk(input, [_, {"owner": <any>, "replicas": <any>}])',
            "input.name = <any>",
        )

    def walked(self, scope):
        path, value = self.fresh(scope, "list"), self.fresh(scope, "any")
        return [f"walk({self.term(scope, 'map')}, [{path}, {value}])", f"is_string({value})"]

    def sets(self, scope):
        operator = self.chance.choice(["|", "&", "-"])
        return [f'{self.fresh(scope, "any")} := {{"web", "app", 80}} {operator} {{x | some x in {self.term(scope, "list")}}}']

    def helper(self, scope):
        usable = [use for _, _, use in self.helpers if use]
        if not usable or self.inside_helper:
            return self.assigned(scope)
        return self.chance.choice(usable)(scope)

    def mocked(self, scope):
        change = self.chance.choice(
            ['input as {"name": "web", "port": 80}', 'input.name as "db"', "input.port as 1", 'data.none as {"x": 1}', "input as null"]
        )
        rules = [name for name, _, _ in self.helpers if name in ("ready", "level", "names", "by_name")]
        functions = [name for name, _, _ in self.helpers if name == "kind_of"]
        if functions and not self.inside_helper and self.chance.random() < 0.6:
            target = self.chance.choice(["kind_of", "data.main.kind_of"])
            call = self.chance.choice(["kind_of", "data.main.kind_of"])
            return [f"{self.fresh(scope, 'any')} := {call}(input.name) with {target} as {self.chance.choice(['5', 'input.port'])}"]
        if self.chance.random() < 0.15:
            return [f"{self.fresh(scope, 'any')} := time.now_ns() with time.now_ns as 7"]
        if self.inside_helper or not rules:
            return [f"{self.fresh(scope, 'any')} := {self.chance.choice(['input.name', 'input.port', 'input'])} with {change}"]
        return [f"{self.fresh(scope, 'any')} := {self.chance.choice(rules)} with {change}"]

    def nested_ref(self, scope):
        root = self.root()
        key = self.chance.choice(['"app"', '"name"', '"tier"'])
        bound = self.fresh(scope, "str")
        return [f"{bound} := {key}", f"{self.fresh(scope, 'any')} := {root}.labels[{bound}]"]

    def library_call(self, scope):
        if not self.lib:
            return self.compared(scope)
        term = self.term(scope, "any")
        return self.one_of(
            scope,
            f"shared.bad({term})",
            f"not shared.bad({term})",
            "<num> := shared.limit",
            "shared.names[<any>]",
            "<num> := data.lib.shared.limit + 1",
            f"<any> := data.lib.shared.bad({term})",
        )

    # Helper rules: a name, a text, and how a body uses it.

    def add_helper(self, name, text, use=None):
        self.helpers.append((name, text, use))

    def helper_body(self, size=1):
        self.inside_helper = True
        scope = Scope()
        lines = self.body(scope, size)
        self.inside_helper = False
        # What `some` declares must be used.
        lines += [f"count([{', '.join(scope.names)}]) < 99"] if scope.names else []
        return scope, "\n".join("\t" + line for line in lines)

    def boolean(self):
        _, body = self.helper_body(2)
        default = "default ready := false\n\n" if self.chance.random() < 0.6 else ""
        self.add_helper("ready", f"{default}ready if {{\n{body}\n}}", lambda scope: self.one_of(scope, "ready", "not ready", "<any> := ready"))

    def chain(self):
        _, one = self.helper_body()
        _, two = self.helper_body()
        text = f'level := "high" if {{\n{one}\n}} else := "middle" if {{\n{two}\n}}'
        text += self.chance.choice(['', ' else := "low"'])
        self.add_helper("level", text, lambda scope: [f"{self.fresh(scope, 'str')} := level"])

    def partial_set(self):
        scope, body = self.helper_body(2)
        element = self.term(scope, "any")
        text = f"names contains {element} if {{\n{body}\n}}\n\nnames contains input.name"

        def use(outer):
            return self.one_of(outer, "names[<any>]", "count(names) > 1", "some <any> in names", 'names["web"]', "<any> := names", "not names[input.kind]")

        self.add_helper("names", text, use)

    def partial_object(self):
        text = "by_name[name] := image if {\n\tsome container in input.containers\n\tname := container.name\n\timage := upper(name)\n}"
        if self.chance.random() < 0.5:
            text = "by_name[key] := value if {\n\tsome key, value in input\n\tis_string(value)\n}"

        def use(outer):
            return self.one_of(outer, "<any> := by_name[<any>]", "some <any>, <any> in by_name", "<any> := by_name", "by_name.name == input.name")

        self.add_helper("by_name", text, use)

    def function(self):
        chance = self.chance
        text = chance.choice(
            [
                'kind_of(x) := "text" if is_string(x)\n\nkind_of(x) := "number" if is_number(x)',
                'kind_of(x) := "web" if {\n\tx == "web"\n} else := "small" if {\n\tx < 100\n} else := "other"',
                "kind_of(x) := y if y := x + 1",
                'kind_of("web") := 1\n\nkind_of("db") := 2\n\nkind_of(80) := 3',
                "default kind_of(_) := 0\n\nkind_of(x) := x if is_string(x)",
                'kind_of([a, _]) := a\n\nkind_of({"app": a}) := a',
                'kind_of({"name": a, "image": _}) := a\n\nkind_of({"name": a}) := a if a != "db" else := "database"',
                "kind_of(x) if x == input.name",
                "kind_of(x) if {\n\tsome y in input.tags\n\tx == y\n}",
            ]
        )

        def use(outer):
            term = self.term(outer, "any")
            return self.one_of(outer, f"<any> := kind_of({term})", f"kind_of({term})", f"not kind_of({term})", f'kind_of({term}) == "text"', f"kind_of({term}, <any>)")

        self.add_helper("kind_of", text, use)

    def nested_object(self):
        text = 'nested.limits.port := 100 if input.port\n\nnested.limits.name := "n"\n\nnested.on := input.enabled'
        self.add_helper("nested", text, lambda scope: self.one_of(scope, "<any> := nested.limits", "<any> := nested", "nested.on", "some <any>, <any> in nested.limits"))

    def constant(self):
        text = 'allowed := {"web", "db"}\n\nlimits := {"port": 443, "name": ["a", "b"]}'
        self.add_helper(
            "allowed",
            text,
            lambda scope: self.looked_up(scope)
            if self.chance.random() < 0.3
            else self.one_of(
                scope, "allowed[input.name]", "not allowed[input.name]", "not input.name in allowed", "input.port > limits.port", "limits[<any>] == input.port"
            ),
        )

    def looked_up(self, scope):
        """What is looked up was bound by way of a variable whose name stands behind its own."""
        self.count += 1
        first, second = f"v9{self.count:03}", f"v8{self.count:03}"
        term = self.term(scope, "str")
        scope.add(first, "str")
        scope.add(second, "str")
        return [f"{first} := {term}", f"{second} := {first}", self.chance.choice([f"not allowed[{second}]", f"allowed[{second}]"])]


LITERALS = [
    Policies.assigned,
    Policies.some_in,
    Policies.some_in,
    Policies.indexed,
    Policies.wildcard,
    Policies.instruction,
    Policies.compared,
    Policies.sum,
    Policies.member,
    Policies.negated,
    Policies.every,
    Policies.builtin,
    Policies.computed,
    Policies.computed,
    Policies.comprehension,
    Policies.comprehension,
    Policies.unified,
    Policies.walked,
    Policies.sets,
    Policies.helper,
    Policies.helper,
    Policies.mocked,
    Policies.nested_ref,
    Policies.library_call,
    *MORE_LITERALS,
]

HELPERS = [
    Policies.boolean,
    Policies.chain,
    Policies.partial_set,
    Policies.partial_object,
    Policies.function,
    Policies.nested_object,
    Policies.constant,
    *MORE_HELPERS,
]


def case(seed):
    """The files of one case and the arguments that it is tested with."""
    chance = random.Random(seed)
    policies = Policies(chance)
    files = policies.files()
    inputs = Inputs(chance).files()
    arguments = ["--rego-version", "v0"] if policies.v0 else []
    for flag, likely in [("--fail-on-warn", 0.2), ("--combine", 0.1)]:
        if chance.random() < likely:
            arguments.append(flag)
    return files | inputs, arguments, sorted(inputs)
