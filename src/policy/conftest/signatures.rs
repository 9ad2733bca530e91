//! What OPA's functions take and give, as far as the engine has them: a table, and the sets of kinds that it is written in.

/// Kinds of values, as a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kinds(u8);

impl Kinds {
    /// Anything.
    pub const ANY: Self = Self(0x7f);
    /// Truth values.
    pub const BOOL: Self = Self(1 << 1);
    /// Numbers.
    pub const NUMBER: Self = Self(1 << 2);
    /// Texts.
    pub const STRING: Self = Self(1 << 3);
    /// Arrays.
    pub const ARRAY: Self = Self(1 << 4);
    /// Objects.
    pub const OBJECT: Self = Self(1 << 5);
    /// Sets.
    pub const SET: Self = Self(1 << 6);
    /// Null.
    pub const NULL: Self = Self(1);

    /// What is of this or of the other kinds.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether a value can be of both.
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The kinds that the letters of a word stand for.
    fn of(word: &str) -> Self {
        word.chars().fold(Self(0), |kinds, letter| {
            kinds.or(match letter {
                'z' => Self::NULL,
                'b' => Self::BOOL,
                'n' => Self::NUMBER,
                's' => Self::STRING,
                'a' => Self::ARRAY,
                'o' => Self::OBJECT,
                't' => Self::SET,
                _ => Self::ANY,
            })
        })
    }
}

/// The kinds in words, as messages show them.
impl std::fmt::Display for Kinds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if *self == Self::ANY {
            return f.write_str("any");
        }
        let names = ["null", "boolean", "number", "string", "array", "object", "set"];
        let named: Vec<_> = names.iter().enumerate().filter(|(bit, _)| self.0 & (1 << bit) != 0).map(|(_, name)| *name).collect();
        f.write_str(&named.join(" or "))
    }
}

/// A function: its operands and its result.
pub(super) struct Signature {
    operands: &'static [&'static str],
    result: &'static str,
}

impl Signature {
    /// The function of this name.
    pub fn of(name: &str) -> Option<Self> {
        let at = FUNCTIONS.binary_search_by(|(known, ..)| (*known).cmp(name)).ok()?;
        let (_, operands, result) = FUNCTIONS.get(at)?;
        Some(Self { operands, result })
    }

    /// What the operands may be.
    pub fn operands(&self) -> impl ExactSizeIterator<Item = Kinds> + '_ {
        self.operands.iter().map(|word| Kinds::of(word))
    }

    /// What the result is.
    pub fn result(&self) -> Kinds {
        Kinds::of(self.result)
    }
}

/// By name: z null, b boolean, n number, s string, a array, o object, t set, * anything.
#[rustfmt::skip]
const FUNCTIONS: [(&str, &[&str], &str); 142] = [
    ("abs", &["n"], "n"),
    ("array.concat", &["a", "a"], "a"),
    ("array.reverse", &["a"], "a"),
    ("array.slice", &["a", "n", "n"], "a"),
    ("base64.decode", &["s"], "s"),
    ("base64.encode", &["s"], "s"),
    ("base64.is_valid", &["s"], "b"),
    ("base64url.decode", &["s"], "s"),
    ("base64url.encode", &["s"], "s"),
    ("base64url.encode_no_pad", &["s"], "s"),
    ("bits.and", &["n", "n"], "n"),
    ("bits.lsh", &["n", "n"], "n"),
    ("bits.negate", &["n"], "n"),
    ("bits.or", &["n", "n"], "n"),
    ("bits.rsh", &["n", "n"], "n"),
    ("bits.xor", &["n", "n"], "n"),
    ("ceil", &["n"], "n"),
    ("concat", &["s", "at"], "s"),
    ("contains", &["s", "s"], "b"),
    ("count", &["saot"], "n"),
    ("endswith", &["s", "s"], "b"),
    ("floor", &["n"], "n"),
    ("format_int", &["n", "n"], "s"),
    ("glob.match", &["s", "za", "s"], "b"),
    ("glob.quote_meta", &["s"], "s"),
    ("graph.reachable", &["o", "at"], "t"),
    ("graph.reachable_paths", &["o", "at"], "t"),
    ("hex.decode", &["s"], "s"),
    ("hex.encode", &["s"], "s"),
    ("http.send", &["o"], "o"),
    ("indexof", &["s", "s"], "n"),
    ("indexof_n", &["s", "s"], "a"),
    ("intersection", &["t"], "t"),
    ("io.jwt.decode", &["s"], "a"),
    ("io.jwt.decode_verify", &["s", "o"], "a"),
    ("io.jwt.encode_sign", &["o", "o", "o"], "s"),
    ("io.jwt.encode_sign_raw", &["s", "s", "s"], "s"),
    ("io.jwt.verify_eddsa", &["s", "s"], "b"),
    ("io.jwt.verify_es256", &["s", "s"], "b"),
    ("io.jwt.verify_es384", &["s", "s"], "b"),
    ("io.jwt.verify_es512", &["s", "s"], "b"),
    ("io.jwt.verify_hs256", &["s", "s"], "b"),
    ("io.jwt.verify_hs384", &["s", "s"], "b"),
    ("io.jwt.verify_hs512", &["s", "s"], "b"),
    ("io.jwt.verify_ps256", &["s", "s"], "b"),
    ("io.jwt.verify_ps384", &["s", "s"], "b"),
    ("io.jwt.verify_ps512", &["s", "s"], "b"),
    ("io.jwt.verify_rs256", &["s", "s"], "b"),
    ("io.jwt.verify_rs384", &["s", "s"], "b"),
    ("io.jwt.verify_rs512", &["s", "s"], "b"),
    ("is_array", &["*"], "b"),
    ("is_boolean", &["*"], "b"),
    ("is_null", &["*"], "b"),
    ("is_number", &["*"], "b"),
    ("is_object", &["*"], "b"),
    ("is_set", &["*"], "b"),
    ("is_string", &["*"], "b"),
    ("json.filter", &["o", "at"], "o"),
    ("json.is_valid", &["s"], "b"),
    ("json.marshal", &["*"], "s"),
    ("json.marshal_with_options", &["*", "o"], "s"),
    ("json.match_schema", &["so", "so"], "a"),
    ("json.patch", &["*", "a"], "*"),
    ("json.remove", &["o", "at"], "o"),
    ("json.unmarshal", &["s"], "*"),
    ("json.verify_schema", &["so"], "a"),
    ("lower", &["s"], "s"),
    ("max", &["at"], "*"),
    ("min", &["at"], "*"),
    ("net.cidr_contains", &["s", "s"], "b"),
    ("net.cidr_expand", &["s"], "t"),
    ("net.cidr_is_valid", &["s"], "b"),
    ("net.lookup_ip_addr", &["s"], "t"),
    ("numbers.range", &["n", "n"], "a"),
    ("numbers.range_step", &["n", "n", "n"], "a"),
    ("object.filter", &["o", "aot"], "o"),
    ("object.get", &["o", "*", "*"], "*"),
    ("object.keys", &["o"], "t"),
    ("object.remove", &["o", "aot"], "o"),
    ("object.subset", &["aot", "aot"], "b"),
    ("object.union", &["o", "o"], "o"),
    ("object.union_n", &["a"], "o"),
    ("opa.runtime", &[], "o"),
    ("product", &["at"], "n"),
    ("rand.intn", &["s", "n"], "n"),
    ("regex.find_all_string_submatch_n", &["s", "s", "n"], "a"),
    ("regex.find_n", &["s", "s", "n"], "a"),
    ("regex.globs_match", &["s", "s"], "b"),
    ("regex.is_valid", &["s"], "b"),
    ("regex.match", &["s", "s"], "b"),
    ("regex.replace", &["s", "s", "s"], "s"),
    ("regex.split", &["s", "s"], "a"),
    ("regex.template_match", &["s", "s", "s", "s"], "b"),
    ("replace", &["s", "s", "s"], "s"),
    ("round", &["n"], "n"),
    ("semver.compare", &["s", "s"], "n"),
    ("semver.is_valid", &["*"], "b"),
    ("sort", &["at"], "a"),
    ("split", &["s", "s"], "a"),
    ("sprintf", &["s", "a"], "s"),
    ("startswith", &["s", "s"], "b"),
    ("strings.any_prefix_match", &["sat", "sat"], "b"),
    ("strings.any_suffix_match", &["sat", "sat"], "b"),
    ("strings.count", &["s", "s"], "n"),
    ("strings.replace_n", &["o", "s"], "s"),
    ("strings.reverse", &["s"], "s"),
    ("strings.split_n", &["s", "s", "n"], "a"),
    ("substring", &["s", "n", "n"], "s"),
    ("sum", &["at"], "n"),
    ("time.add_date", &["n", "n", "n", "n"], "n"),
    ("time.clock", &["na"], "a"),
    ("time.date", &["na"], "a"),
    ("time.diff", &["na", "na"], "a"),
    ("time.format", &["na"], "s"),
    ("time.now_ns", &[], "n"),
    ("time.parse_duration_ns", &["s"], "n"),
    ("time.parse_ns", &["s", "s"], "n"),
    ("time.parse_rfc3339_ns", &["s"], "n"),
    ("time.weekday", &["na"], "s"),
    ("to_number", &["zbns"], "n"),
    ("trace", &["s"], "b"),
    ("trim", &["s", "s"], "s"),
    ("trim_left", &["s", "s"], "s"),
    ("trim_prefix", &["s", "s"], "s"),
    ("trim_right", &["s", "s"], "s"),
    ("trim_space", &["s"], "s"),
    ("trim_suffix", &["s", "s"], "s"),
    ("type_name", &["*"], "s"),
    ("union", &["t"], "t"),
    ("units.parse", &["s"], "n"),
    ("units.parse_bytes", &["s"], "n"),
    ("upper", &["s"], "s"),
    ("urlquery.decode", &["s"], "s"),
    ("urlquery.decode_object", &["s"], "o"),
    ("urlquery.encode", &["s"], "s"),
    ("urlquery.encode_object", &["o"], "s"),
    ("uuid.parse", &["s"], "o"),
    ("uuid.rfc4122", &["s"], "s"),
    ("walk", &["*"], "a"),
    ("yaml.is_valid", &["s"], "b"),
    ("yaml.marshal", &["*"], "s"),
    ("yaml.unmarshal", &["s"], "*"),
];
