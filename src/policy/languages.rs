//! How languages write comments and texts, as far as one has to know to tell the one from the other.

/// A language.
pub(super) struct Language {
    /// The endings of its files, or their whole names.
    names: &'static [&'static str],
    /// What begins a comment that ends with its line.
    pub signs: &'static [&'static str],
    /// What begins and ends other comments.
    pub blocks: &'static [(&'static str, &'static str)],
    /// Where a comment may begin.
    pub place: Where,
    /// What stands in quotes; of those that begin alike the longest first.
    pub texts: &'static [Text],
    /// The length of a text whose end depends on its beginning, from what is before it and what follows.
    pub raw: Option<fn(&str, &str) -> Option<usize>>,
    /// Whether `<<WORD` announces a text of lines.
    pub heredocs: bool,
    /// Whether `|` and `>` at the end of a line announce lines that are farther to the right.
    pub scalars: bool,
    /// Whether a `\` at the end of a line joins it with the next one.
    pub continues: bool,
    /// Whether a text of lines that is a statement of its own documents the program.
    pub documents: bool,
}

/// Where a comment may begin.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// Anywhere outside of texts.
    Anywhere,
    /// At the beginning of a word.
    Word,
    /// At the beginning of a line.
    Line,
}

/// A quoted text.
pub(super) struct Text {
    pub open: &'static str,
    pub close: &'static str,
    /// Whether it may have several lines.
    pub has_lines: bool,
    /// Whether `\` takes the next character out of its meaning.
    pub escapes: bool,
    /// Whether `${…}` in it is code.
    pub has_holes: bool,
}

const fn line(quote: &'static str) -> Text {
    Text { open: quote, close: quote, has_lines: false, escapes: true, has_holes: false }
}

const fn lines(quote: &'static str) -> Text {
    Text { has_lines: true, ..line(quote) }
}

const fn verbatim(open: &'static str, close: &'static str) -> Text {
    Text { open, close, has_lines: true, escapes: false, has_holes: false }
}

const PLAIN: Language = Language {
    names: &[],
    signs: &[],
    blocks: &[],
    place: Where::Anywhere,
    texts: &[],
    raw: None,
    heredocs: false,
    scalars: false,
    continues: false,
    documents: false,
};

const C_BLOCK: &[(&str, &str)] = &[("/*", "*/")];
const QUOTES: &[Text] = &[line("\""), line("'")];
const OF_LINES: &[Text] = &[lines("\""), lines("'")];
const OF_LINES_IN_QUOTES: &[Text] = &[lines("\"")];
const TRIPLE: &[Text] = &[lines("\"\"\""), lines("'''"), line("\""), line("'")];

/// Every language; the last one stands for all others.
static LANGUAGES: [Language; 26] = [
    Language {
        names: &["js", "jsx", "ts", "tsx", "mjs", "cjs", "mts", "cts"],
        signs: &["//"],
        blocks: C_BLOCK,
        texts: &[Text { has_holes: true, ..lines("`") }, line("\""), line("'")],
        ..PLAIN
    },
    Language {
        names: &["go", "go.mod", "go.work"],
        signs: &["//"],
        blocks: C_BLOCK,
        texts: &[verbatim("`", "`"), line("\""), line("'")],
        ..PLAIN
    },
    Language { names: &["rs"], signs: &["//"], blocks: C_BLOCK, texts: &[lines("\"")], raw: Some(of_rust), ..PLAIN },
    Language {
        names: &["c", "h", "cc", "cpp", "cxx", "hh", "hpp", "m", "mm"],
        signs: &["//"],
        blocks: C_BLOCK,
        texts: QUOTES,
        raw: Some(of_cpp),
        ..PLAIN
    },
    Language {
        names: &[
            "java",
            "kt",
            "kts",
            "scala",
            "swift",
            "dart",
            "groovy",
            "gradle",
            "sbt",
            "sc",
            "Jenkinsfile",
            "proto",
            "cue",
            "sol",
            "scss",
            "less",
        ],
        signs: &["//"],
        blocks: C_BLOCK,
        texts: TRIPLE,
        ..PLAIN
    },
    Language {
        names: &["cs"],
        signs: &["//"],
        blocks: C_BLOCK,
        texts: &[verbatim("@\"", "\""), lines("\"\"\""), line("\""), line("'")],
        ..PLAIN
    },
    Language { names: &["fs"], signs: &["//"], blocks: &[("(*", "*)")], texts: &[lines("\"\"\""), lines("\"")], ..PLAIN },
    Language { names: &["vb"], signs: &["'"], texts: &[verbatim("\"", "\"")], ..PLAIN },
    Language { names: &["clj", "cljs", "cljc", "edn"], signs: &[";"], texts: OF_LINES_IN_QUOTES, ..PLAIN },
    Language { names: &["erl"], signs: &["%"], texts: OF_LINES_IN_QUOTES, ..PLAIN },
    Language {
        names: &["vue", "svelte"],
        signs: &["//"],
        blocks: &[("/*", "*/"), ("<!--", "-->")],
        texts: &[lines("`"), line("\""), line("'")],
        ..PLAIN
    },
    Language { names: &["css"], blocks: C_BLOCK, texts: QUOTES, ..PLAIN },
    Language { names: &["php"], signs: &["//", "#"], blocks: C_BLOCK, texts: OF_LINES, raw: Some(of_php), heredocs: true, ..PLAIN },
    Language { names: &["tf", "tfvars", "hcl"], signs: &["#", "//"], blocks: C_BLOCK, texts: QUOTES, heredocs: true, ..PLAIN },
    Language {
        names: &["sql"],
        signs: &["--"],
        blocks: C_BLOCK,
        texts: &[verbatim("'", "'"), verbatim("\"", "\""), verbatim("$$", "$$")],
        ..PLAIN
    },
    Language { names: &["lua"], signs: &["--"], blocks: &[("--[[", "]]")], texts: &[verbatim("[[", "]]"), line("\""), line("'")], ..PLAIN },
    Language { names: &["rego"], signs: &["#"], texts: &[verbatim("`", "`"), line("\"")], ..PLAIN },
    Language { names: &["py", "pyi"], signs: &["#"], texts: TRIPLE, documents: true, ..PLAIN },
    Language {
        names: &[
            "star",
            "bzl",
            "BUILD",
            "Tiltfile",
            "Snakefile",
            "Pipfile",
            "cmake",
            "CMakeLists.txt",
            "r",
            "R",
            "jl",
            "ex",
            "exs",
            "mk",
            "Makefile",
            "makefile",
            "just",
            "Justfile",
            "justfile",
        ],
        signs: &["#"],
        texts: TRIPLE,
        ..PLAIN
    },
    Language {
        names: &[
            "sh",
            "bash",
            "zsh",
            "ksh",
            "bats",
            "envrc",
            "rb",
            "rake",
            "Rakefile",
            "gemspec",
            "ru",
            "Gemfile",
            "Vagrantfile",
            "pl",
            "pm",
            "conf",
        ],
        signs: &["#"],
        place: Where::Word,
        texts: &[lines("\""), verbatim("'", "'")],
        heredocs: true,
        ..PLAIN
    },
    Language { names: &["requirements.txt", "constraints.txt"], signs: &["#"], place: Where::Word, ..PLAIN },
    Language {
        names: &["yaml", "yml", "tpl"],
        signs: &["#"],
        blocks: &[("{{/*", "*/}}"), ("{{- /*", "*/")],
        place: Where::Word,
        raw: Some(of_yaml),
        scalars: true,
        ..PLAIN
    },
    Language {
        names: &["Dockerfile", "dockerfile", "Containerfile", "dockerignore", "gitignore", "CODEOWNERS"],
        signs: &["#"],
        place: Where::Line,
        heredocs: true,
        ..PLAIN
    },
    Language {
        names: &["properties", "ini", "cfg", "env", "editorconfig"],
        signs: &["#", ";"],
        place: Where::Line,
        continues: true,
        ..PLAIN
    },
    Language {
        names: &[
            "md", "markdown", "mdx", "rst", "adoc", "html", "htm", "xml", "svg", "xsd", "csproj", "fsproj", "vbproj", "props", "targets",
            "config", "nuspec", "xaml", "resx", "slnx", "wsdl", "xsl", "xslt",
        ],
        blocks: &[("<!--", "-->")],
        texts: &[verbatim("<![CDATA[", "]]>")],
        ..PLAIN
    },
    Language { signs: &["#", "//", "--", ";", "<!--", "/*"], place: Where::Line, heredocs: true, ..PLAIN },
];

/// The language of a file, by its name, by its ending, or by what stands before that, as in `Dockerfile.dev`.
pub(super) fn of(path: &str) -> &'static Language {
    let name = path.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let first = name.split_once('.').map(|(first, _)| first).filter(|first| first.starts_with(char::is_uppercase));
    let called = |end: &str| LANGUAGES.iter().find(|language| language.names.contains(&end));
    let found = [Some(name), ending, first].into_iter().flatten().find_map(called);
    found.unwrap_or(&LANGUAGES[LANGUAGES.len() - 1])
}

/// A raw text of Rust, such as `r#"…"#`, or a character, which may be a quote.
fn of_rust(before: &str, rest: &str) -> Option<usize> {
    if let Some(inner) = rest.strip_prefix('\'') {
        let escaped = usize::from(inner.starts_with('\\'));
        let first: usize = inner.chars().take(1 + escaped).map(char::len_utf8).sum();
        // Else it is a lifetime.
        return inner[first..].starts_with('\'').then_some(first + 2);
    }
    let is_word = before.ends_with(|c: char| c.is_alphanumeric() || c == '_') && !before.ends_with('b');
    let hashed = rest.strip_prefix('r').filter(|_| !is_word)?;
    let hashes = hashed.len() - hashed.trim_start_matches('#').len();
    let inner = hashed[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    Some(rest.len() - inner.len() + inner.find(&close).map_or(inner.len(), |at| at + close.len()))
}

/// What begins an attribute of PHP, and no comment.
fn of_php(_: &str, rest: &str) -> Option<usize> {
    rest.starts_with("#[").then_some(2)
}

/// A raw text of C++, such as `R"x(…)x"`.
fn of_cpp(_: &str, rest: &str) -> Option<usize> {
    let (mark, inner) = rest.strip_prefix("R\"")?.split_once('(')?;
    let close = format!("){mark}\"");
    Some(rest.len() - inner.len() + inner.find(&close).map_or(inner.len(), |at| at + close.len()))
}

/// A quoted scalar of YAML, which may have several lines. Elsewhere quotes are a part of a text.
fn of_yaml(before: &str, rest: &str) -> Option<usize> {
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let line = before.rsplit('\n').next().unwrap_or_default().trim_end();
    if !line.is_empty() && !line.ends_with([':', '-', '[', '{', ',']) {
        return None;
    }
    let (escape, mut at) = (if quote == '"' { '\\' } else { quote }, 1);
    while let Some(c) = rest[at..].chars().next() {
        let next = rest[at + c.len_utf8()..].chars().next();
        // Two single quotes stand for one.
        let is_escape = c == escape && (quote == '"' || next == Some(quote));
        if c == quote && !is_escape {
            return Some(at + 1);
        }
        at += c.len_utf8() + if is_escape { next.map_or(0, char::len_utf8) } else { 0 };
    }
    Some(rest.len())
}
