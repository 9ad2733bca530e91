"""More forms for `rego_policies`: values of `with` that ask rules, references in heads, `else` with values, nested `every`, texts with
expressions in them, and functions of texts, objects, times, sizes, expressions and formats."""

SPRINTF = ["%5d|", "%-6v|", "%05d", "%+d", "%q", "%s", "%t", "%.2f", "%8.3f", "%c", "%e", "%g", "%6s|", "%.1s", "%T", "%[1]v", "%v%%", "%d%s"]
STAMPS = ['"2024-02-29T12:30:45Z"', '"1999-12-31T23:59:59.5+02:00"', '"2024-13-01T00:00:00Z"', '"soon"']
DURATIONS = ['"1h30m"', '"1.5s"', '"-2ms"', '"5d"', '"90"']
SIZES = ['"10K"', '"1Mi"', '"512"', '"5GB"', '"x"', '"1.5Ki"', '"2m"']


class More:
    """Literals and helpers that `Policies` has besides its own."""

    # Literals

    def given(self, scope):
        """Something is put in the place of what a rule, a function or a body looks at."""
        chance = self.chance
        names = {name for name, _, _ in self.helpers}
        rules = [name for name in ("ready", "level", "names", "by_name", "nested", "graded", "conf", "grouped") if name in names]
        if self.inside_helper:
            rules = []
        values = ["input.spec", '{"name": input.kind, "port": 80}', "object.union(input, {\"name\": \"db\"})", "[p | some p in input.ports]", "input.tags[_]", '"web"']
        if rules:
            rule = chance.choice(rules)
            values += [f'{{"name": {rule}, "port": 443, "tags": ["web"]}}', f"[{rule}]", rule, f"{{x | x := {rule}}}", f"object.union(input, {{\"name\": {rule}}})", f"data.main.{rule}"]
        if self.lib:
            values += ['{"port": shared.limit, "name": "web"}', "shared.names", "data.lib.shared.limit"]
        targets = ["input", "input", "input.name", "input.spec.owner", "input.tags", "data.none.x"]
        if rules and chance.random() < 0.3:
            targets = [f"data.main.{chance.choice(rules)}"]
        if self.lib and chance.random() < 0.3:
            targets = ["data.lib.shared.limit", "data.lib.shared.names", "shared.limit"]
        change = f"with {chance.choice(targets)} as {chance.choice(values)}"
        if chance.random() < 0.3:
            change += f" with {chance.choice(['input.port', 'input.kind', 'input.enabled'])} as {chance.choice(values)}"
        asked = chance.choice(rules) if rules and chance.random() < 0.7 else chance.choice(["input.name", "input", "input.spec.owner", "count(input.tags)", "input.tags"])
        # What is a text or a number by its type has no elements, and that is refused.
        ranged = "input.tags" if asked in ("level", "ready") or "count" in asked else asked
        return self.one_of(
            scope,
            f"<any> := {asked} {change}",
            f"<any> := {asked} {change}",
            f"not {asked} {change}",
            f"not {asked} == input.kind {change}",
            f"some <any> in {ranged} {change}",
            f"some <any>, <any> in {ranged} {change}",
            f"<any> := [x | x := {asked} {change}]",
            f"<any> := count([x | x := {asked}]) {change}",
            f'every x in ["web", 80] {{ x != {asked} {change} }}',
            f"every x in {ranged} {{ x != 80 }} {change}",
            f"{asked} == input.name {change}",
            f"<any> := sprintf(\"%v\", [{asked}]) {change}",
        )

    def interpolated(self, scope):
        if self.v0:
            return self.assigned(scope)
        number = self.term(scope, "num")
        return self.one_of(
            scope,
            '<str> := $"{input.name}:{input.port}"',
            '<str> := $"{input.none}|{input.tags}|{input.labels.app}"',
            '<str> := $"\\{{input.kind}}"',
            '<str> := $`{[x | some x in input.tags]} "{input.name}"`',
            f'<str> := concat("", [$"{{input.name}}", $"-{{{number} + 1}}"])',
        )

    def nested_every(self, scope):
        outer, inner = self.term(scope, "coll"), self.term(scope, "coll")
        return self.one_of(
            scope,
            f"every x in {outer} {{ every y in {inner} {{ x != y }} }}",
            f"every x in input.containers {{ every k, v in x {{ is_string(k); v != {self.term(scope, 'any')} }} }}",
            f"every i, x in {outer} {{ not x in {inner}; i != x }}",
            "every x in input.containers { some t in input.tags; x.name != t }",
            "every x in input.containers { y := x.name; count(y) > 1; z := [c | some c in y; c != \"\"]; count(z) == 0 }",
            f"not f_every({outer})" if "f_every" in {name for name, _, _ in self.helpers} else f"every x in {outer} {{ x }}",
        )

    def joined(self, scope):
        self.count += 1
        i, j = f"i{self.count}", f"j{self.count}"
        return self.one_of(
            scope,
            [f"some {i}, {j}", f"input.containers[{i}].name == input.tags[{j}]", f"<any> := {i} + {j}"],
            [f"some {i}", f'input.containers[{i}].image == "app"', f"<any> := input.ports[{i}]"],
            [f"input.containers[{i}].name = <any>", f"{i} > 0"],
            "<any> := {k: v | some k, v in input.labels; k != v}",
            '"app", "web" in input.labels',
            "some 0, <any> in input.tags",
            "some <any>, \"web\" in input.labels",
            "some [<any>, <any>] in [[1, 2], input.tags]",
            "[<any>, \"web\"] = [input.port, input.name]",
            "input.labels[<any>] == input.tags[_]",
            "<any> := input.containers[_][<any>]",
            "<any> := [x.name | x := input.containers[_]; x.cpu > 1]",
            "<any> := {x: count(ys) | some x in input.tags; ys := [y | some y in input.tags; y == x]}",
            "<any> := input[\"labels\"][_]",
            "<any> := walk(input.spec)",
            "<any> := {p | walk(input, [p, v]); is_number(v)}",
            "<any> := [v | [p, v] := walk(input.containers); count(p) == 2]",
        )

    def texts(self, scope):
        text, other, items = self.term(scope, "str"), self.term(scope, "str"), self.term(scope, "list")
        return self.one_of(
            scope,
            f"strings.any_prefix_match({text}, [\"w\", {other}])",
            f"strings.any_suffix_match([{text}, {other}], [\"b\", \"st\"])",
            f"<str> := strings.reverse({text})",
            f"<any> := indexof_n({text}, \"e\")",
            f"<str> := trim_left({text}, \"wn\")",
            f"<str> := trim_right(trim_space({text}), \"xb\")",
            f"<str> := trim_prefix({text}, {other})",
            f"<any> := split(lower({text}), \"e\")",
            f"<str> := concat({text}, input.tags)",
            f"<any> := strings.render_template(\"{{{{.a}}}}-{{{{range .b}}}}{{{{.}}}},{{{{end}}}}\", {{\"a\": {text}, \"b\": {items}}})",
            f"<num> := count({text})",
            f"<any> := substring({text}, {self.term(scope, 'num')}, -1)",
            f"<any> := {text} < {other}",
            f"<any> := regex.replace({text}, `([a-z]+)[:-]?`, \"<$1>\")",
            f"<any> := regex.split(`[:./-]`, {text})",
            f"<any> := regex.find_all_string_submatch_n(`(\\w)(\\w)`, {text}, 2)",
            f"regex.template_match(\"{{[a-z]+}}:latest\", {text}, \"{{\", \"}}\")",
            f"<any> := regex.replace({text}, \"e(?P<x>.)\", \"${{x}}_$0\")",
            f"<str> := base64url.encode_no_pad({text})",
            f"<str> := hex.encode({text})",
            f"<any> := semver.is_valid({text})",
            f"<any> := glob.quote_meta({text})",
            f"<any> := json.is_valid({text})",
            f"<any> := yaml.unmarshal({text})",
        )

    def formatted(self, scope):
        """Whole numbers of configs are floats to conftest, which `%d` and the like do not tell below a million."""
        kind = self.chance.choice(["str", "any", "num", "list", "map"])
        verbs = [verb for verb in SPRINTF if verb != "%T"]
        verb = self.chance.choice(verbs)
        return [f'{self.fresh(scope, "str")} := sprintf("{verb}", [{self.term(scope, kind)}])']

    def objects(self, scope):
        one, two, items = self.term(scope, "map"), self.term(scope, "map"), self.term(scope, "list")
        return self.one_of(
            scope,
            f"<any> := object.union_n([{one}, {two}, {{\"z\": 1}}])",
            f"<any> := object.union({one}, {two})",
            f"<any> := object.filter({one}, [\"app\", \"owner\", \"name\"])",
            f"<any> := object.filter({one}, {two})",
            f"<any> := object.get(input, [\"spec\", \"owner\"], {two})",
            f"<any> := object.get(input, [\"containers\", 0, \"name\"], \"none\")",
            f"object.subset({one}, {{\"app\": \"web\"}})",
            f"<any> := object.remove({one}, {two})",
            f"<any> := json.remove({one}, [\"app\", \"/owner\", \"replicas/x\"])",
            f"<any> := json.filter(input, [\"spec/owner\", \"labels/app\", [\"containers\", \"0\", \"name\"]])",
            f"<any> := json.patch({one}, [{{\"op\": \"add\", \"path\": \"/added\", \"value\": {items}}}])",
            f"<any> := json.marshal_with_options({one}, {{\"pretty\": true, \"indent\": \"  \"}})",
            f"<any> := yaml.marshal({one})",
            f"<any> := json.unmarshal(json.marshal({one}))",
            f"<any> := sort(object.keys({one}))",
            f"<any> := array.reverse({items})",
            f"<any> := array.slice({items}, 1, 5)",
            f"<any> := array.flatten([{items}, [1]])",
            f"<any> := union({{{{1}}, {{x | some x in {items}}}}})",
            f"<any> := intersection({{{{80, \"web\"}}, {{x | some x in {items}}}}})",
            f"<any> := max({items})",
            f"<any> := min({items})",
            f"<any> := graph.reachable({{\"web\": [\"db\"], \"db\": [\"cache\", \"web\"], \"cache\": []}}, {items})",
            f"<any> := graph.reachable_paths({{\"web\": [\"db\"], \"db\": [\"cache\", \"web\"], \"cache\": []}}, {items})",
            f"<any> := {one} == {two}",
            f"<any> := [type_name({one}), {one} < {items}]",
        )

    def amounts(self, scope):
        chance, number = self.chance, self.term(scope, "num")
        stamp, length, size = chance.choice(STAMPS), chance.choice(DURATIONS), chance.choice(SIZES)
        return self.one_of(
            scope,
            f"<any> := time.parse_rfc3339_ns({stamp})",
            f"<any> := time.date(time.parse_rfc3339_ns({stamp}))",
            f"<any> := time.clock([time.parse_rfc3339_ns({stamp}), \"Europe/Berlin\"])",
            f"<any> := time.weekday(time.parse_rfc3339_ns({stamp}))",
            f"<any> := time.add_date(time.parse_rfc3339_ns({stamp}), 0, 1, {chance.choice(['1', '30', '-1'])})",
            f"<any> := time.diff(time.parse_rfc3339_ns({stamp}), time.parse_rfc3339_ns({STAMPS[0]}))",
            f"<any> := time.format([time.parse_rfc3339_ns({stamp}), \"UTC\", \"Mon Jan _2 2006\"])",
            f"<any> := time.parse_duration_ns({length})",
            f"<any> := time.parse_ns(\"2006-01-02\", \"2024-0{chance.randint(1, 9)}-30\")",
            f"<any> := units.parse_bytes({size})",
            f"units.parse({size}) > 1000",
            f"<any> := bits.and({number}, 12)",
            f"<any> := bits.lsh({number}, 2)",
            f"<any> := ceil({number})",
            f"<any> := floor({number})",
            f"<any> := numbers.range_step(0, {number}, 40)",
            f"<any> := format_int({number}, 2)",
            f"<any> := {number} % 7",
            f"<any> := net.cidr_contains(\"10.0.0.0/8\", \"10.{chance.randint(0, 300)}.1.1\")",
            f"<any> := net.cidr_expand(\"10.0.0.{chance.choice([4, 5])}/30\")",
            f"<any> := io.jwt.decode(io.jwt.encode_sign({{\"alg\": \"HS256\"}}, {{\"n\": {number}}}, {{\"kty\": \"oct\", \"k\": \"c2VjcmV0\"}}))[1]",
        )

    # Helpers

    def graded(self):
        """A function and a rule with values in their `else`."""
        first, second = self.term_of_input(), self.term_of_input()
        text = f'graded := {first} if {{\n\tinput.port > 80\n}} else := {{"from": {second}}} if {{\n\tinput.name\n}} else := [x | some x in input.tags] if {{\n\tinput.tags\n}}'
        text += f'\n\nsized(x) := "big" if x > 100 else := y if {{\n\ty := sprintf("%v", [{first}])\n}} else := "none"'
        self.add_helper("graded", text, lambda scope: self.one_of(scope, "<any> := graded", f"<any> := sized({self.term(scope, 'any')})", "not graded.from", 'sized(input.port) == "big"'))

    def term_of_input(self):
        return self.chance.choice(["input.name", "input.port", "input.spec", "input.tags[0]", "count(input)", '"x"', "upper(input.kind)"])

    def conf(self):
        text = self.chance.choice(
            [
                "conf[kind].name := name if {\n\tsome kind, name in input.labels\n}\n\nconf.fixed.name := \"f\"",
                "conf.list[i] := x if {\n\tsome i, x in input.tags\n}\n\nconf.count := count(input.tags)",
                "conf[x][y] := z if {\n\tsome c in input.containers\n\tx := c.name\n\tsome y, z in c\n\ty != \"name\"\n}",
                "conf.a.b contains x if {\n\tsome x in input.ports\n}\n\nconf.a.c := input.name",
            ]
        )
        self.add_helper("conf", text, lambda scope: self.one_of(scope, "<any> := conf", "some <any>, <any> in conf", "<any> := conf[_]", "<any> := conf[_][_]", "not conf.web", "<any> := conf.fixed.name", "count(conf) > 1", "<any> := conf[input.name]"))

    def grouped(self):
        text = "grouped[kind] contains name if {\n\tsome c in input.containers\n\tkind := c.image\n\tname := c.name\n}"
        self.add_helper("grouped", text, lambda scope: self.one_of(scope, "<any> := grouped", "some <any>, <any> in grouped", "<any> := grouped.app", "\"web\" in grouped.app", "grouped[<any>][<any>]", "not grouped.app.web", "<any> := {k: count(v) | some k, v in grouped}"))

    def checked(self):
        self.add_helper("f_every", "f_every(xs) if {\n\tevery x in xs {\n\t\tx != input.name\n\t}\n}\n\nf_every(xs) if xs == input.tags", lambda scope: self.one_of(scope, f"f_every({self.term(scope, 'any')})", "<any> := f_every(input.tags)"))

    def case_test(self, index):
        """A test with cases in its head."""
        chance = self.chance
        value = chance.choice(["count(deny) >= 0", "input.port != 80", "tc.port < 443", "not tc.name", 'tc.port == 80; tc.name != "x"'])
        cases = ", ".join(f'"c{number}": {{"port": {chance.choice([80, 443])}, "name": "{chance.choice(["web", "x"])}"}}' for number in range(chance.randint(1, 3)))
        head = chance.choice([f"test_case_{index}[note]", f"test_case_{index}[note]", f"test_case_{index}[tc.name]", f"test_case_{index}[note][tc.port]"])
        lines = [f"some note, tc in {{{cases}}}", value]
        if chance.random() < 0.3:
            lines = [lines[0], "x := tc.port", f"count([note, x]) > 1 with input as tc", f"x < {chance.choice([100, 500])}"]
        body = "\n".join("\t" + line for line in lines if line)
        changed = " with input as tc" if value.startswith(("count(deny)", "input")) and len(lines) == 2 else ""
        return f"{head} if {{\n{body}{changed}\n}}\n"


MORE_LITERALS = [
    More.given,
    More.given,
    More.given,
    More.interpolated,
    More.nested_every,
    More.joined,
    More.joined,
    More.texts,
    More.formatted,
    More.objects,
    More.amounts,
]

MORE_HELPERS = [More.graded, More.conf, More.grouped, More.checked]
