//! Where the comments of a text are, by the language that the name of its file tells.
//!
//! As much of each language as tells a comment from a text in quotes. What a comment says may be what is missing: it is no evidence.

use std::ops::Range;

/// How languages of one family write comments and texts.
#[derive(Clone, Copy)]
struct Language {
    /// What begins a comment up to the end of the line.
    lines: &'static [&'static str],
    /// What begins and ends a comment anywhere.
    blocks: &'static [(&'static str, &'static str)],
    /// What begins and ends a text; longer ones stand first.
    quotes: &'static [&'static str],
    kind: Kind,
}

/// What else a family has of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    /// An apostrophe is for one character, or for a lifetime.
    Characters,
    /// As that, and texts go over several lines, or stand between any number of signs.
    Rust,
    /// A text that is a statement of its own is documentation.
    Python,
    /// Words stand without quotes: an apostrophe inside of one is a letter, and a sign that is no word of its own begins no comment.
    Data,
}

const SLASHES: Language = Language { lines: &["//"], blocks: &[("/*", "*/")], quotes: &["\"\"\"", "\"", "'", "`"], kind: Kind::Plain };
const HASHES: Language = Language { lines: &["#"], blocks: &[], quotes: &["\"\"\"", "'''", "\"", "'"], kind: Kind::Plain };
const TAGS: Language = Language { lines: &[], blocks: &[("<!--", "-->")], quotes: &[], kind: Kind::Plain };

/// The language of a file, where one is known that has comments.
fn language(path: &str) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    Some(match ending.as_str() {
        "rs" => Language { kind: Kind::Rust, ..SLASHES },
        "go" | "mod" | "java" | "kt" | "kts" | "scala" | "cs" | "swift" | "c" | "cc" | "cpp" | "h" | "hpp" | "proto" => {
            Language { kind: Kind::Characters, ..SLASHES }
        }
        "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs" | "jsonc" | "dart" | "groovy" | "gradle" => SLASHES,
        "php" | "tf" | "hcl" => Language { lines: &["//", "#"], ..SLASHES },
        "vue" | "svelte" => Language { blocks: &[("/*", "*/"), ("<!--", "-->")], ..SLASHES },
        "fs" => Language { blocks: &[("(*", "*)")], kind: Kind::Characters, ..SLASHES },
        "py" => Language { kind: Kind::Python, ..HASHES },
        "rb" | "ex" | "exs" | "toml" => HASHES,
        "sh" | "bash" | "yaml" | "yml" | "properties" | "conf" | "cfg" | "txt" | "env" | "dockerfile" => {
            Language { quotes: &["\"", "'"], kind: Kind::Data, ..HASHES }
        }
        "ini" => Language { lines: &["#", ";"], quotes: &[], kind: Kind::Data, ..HASHES },
        "sql" | "lua" => Language { lines: &["--"], blocks: &[("/*", "*/"), ("--[[", "]]")], quotes: &["\"", "'"], kind: Kind::Plain },
        "clj" => Language { lines: &[";"], quotes: &["\""], ..HASHES },
        "erl" => Language { lines: &["%"], quotes: &["\""], ..HASHES },
        "vb" => Language { lines: &["'"], quotes: &["\""], ..HASHES },
        "xml" | "csproj" | "fsproj" | "vbproj" | "props" | "targets" | "config" | "html" | "svg" | "md" => TAGS,
        _ if ["dockerfile", "containerfile", "makefile"].iter().any(|word| name.to_ascii_lowercase().starts_with(word)) => {
            Language { quotes: &["\"", "'"], kind: Kind::Data, ..HASHES }
        }
        _ => return None,
    })
}

/// The comments of the text of a file, in order.
pub(super) fn comments(path: &str, text: &str) -> Vec<Range<usize>> {
    let Some(language) = language(path) else { return Vec::new() };
    let mut scan = Scan { text, language, at: 0, last: '\n' };
    let mut found = Vec::new();
    while let Some(next) = scan.rest().chars().next() {
        let start = scan.at;
        if scan.comment() || scan.string() {
            found.push(start..scan.at);
        }
        if scan.at == start {
            scan.at += next.len_utf8();
            scan.last = if next.is_whitespace() { scan.last } else { next };
        }
    }
    found
}

struct Scan<'a> {
    text: &'a str,
    language: Language,
    at: usize,
    /// The last sign of the code that is no blank.
    last: char,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn before(&self) -> Option<char> {
        self.text[..self.at].chars().next_back()
    }

    /// Moves behind the next `end`, or to the end of the text.
    fn skip(&mut self, from: usize, end: &str) {
        self.at += from;
        self.at += self.rest().find(end).map_or(self.rest().len(), |found| found + end.len());
    }

    /// Moves behind a comment that begins here.
    fn comment(&mut self) -> bool {
        if let Some((open, close)) = self.language.blocks.iter().rev().find(|(open, _)| self.rest().starts_with(open)) {
            self.skip(open.len(), close);
            return true;
        }
        if !self.language.lines.iter().any(|open| self.rest().starts_with(open)) {
            return false;
        }
        let is_word = self.before().is_none_or(char::is_whitespace);
        // A slash that is quoted belongs to an expression, and an attribute or a directive is code.
        let is_code = self.before() == Some('\\') || (self.language.lines.len() > 1 && self.rest().starts_with("#["));
        if is_code || (self.language.kind == Kind::Data && !is_word) {
            return false;
        }
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        true
    }

    /// Moves behind a text that begins here, and tells whether it is documentation.
    fn string(&mut self) -> bool {
        if self.language.kind == Kind::Rust && self.raw() {
            return false;
        }
        let is_inside = self.before().is_some_and(|c| c.is_alphanumeric() || c == '_');
        let Some(quote) = self.language.quotes.iter().find(|quote| self.rest().starts_with(**quote)) else { return false };
        let is_one = matches!(self.language.kind, Kind::Characters | Kind::Rust) && *quote == "'";
        if is_one {
            self.character();
            return false;
        }
        if self.language.kind == Kind::Data && is_inside {
            return false;
        }
        let is_said = quote.len() == 3 && self.language.kind == Kind::Python && self.is_statement();
        self.text(quote);
        self.last = '"';
        is_said
    }

    /// A text of Rust without escapes, between any number of signs.
    fn raw(&mut self) -> bool {
        let signs = self.rest().strip_prefix('r').map_or(0, |rest| rest.len() - rest.trim_start_matches('#').len());
        let opens = self.rest().strip_prefix('r').is_some_and(|rest| rest[signs..].starts_with('"'));
        let is_word = self.before().is_some_and(|c| c != 'b' && (c.is_alphanumeric() || c == '_'));
        if !opens || is_word {
            return false;
        }
        self.skip(signs + 2, &format!("\"{}", "#".repeat(signs)));
        true
    }

    /// One character in apostrophes, or an apostrophe alone.
    fn character(&mut self) {
        let mut rest = self.rest().chars().skip(1);
        match (rest.next(), rest.next()) {
            (Some('\\'), Some(one)) => self.skip(2 + one.len_utf8(), "'"),
            (Some(one), Some('\'')) => self.at += one.len_utf8() + 2,
            _ => self.at += 1,
        }
    }

    /// Moves behind a text. What has no end in its line is none, where texts stand in one line.
    fn text(&mut self, quote: &str) {
        let is_long = quote.len() == 3 || quote == "`" || self.language.kind == Kind::Rust;
        let mut signs = self.rest()[quote.len()..].char_indices();
        while let Some((offset, sign)) = signs.next() {
            let at = self.at + quote.len() + offset;
            if sign == '\\' {
                signs.next();
            } else if self.text[at..].starts_with(quote) {
                self.at = at + quote.len();
                return;
            } else if sign == '\n' && !is_long {
                self.at = at;
                return;
            }
        }
        self.at = self.text.len();
    }

    /// Whether nothing stands before it in its line, and what stands above goes not on.
    fn is_statement(&self) -> bool {
        let line = self.text[..self.at].rsplit('\n').next().unwrap_or_default();
        line.trim().is_empty() && !matches!(self.last, '(' | '[' | '{' | ',' | '=' | '+' | '\\')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What of the text stands in comments.
    fn said(path: &str, text: &str) -> Vec<String> {
        comments(path, text).into_iter().map(|range| text[range].trim_end().to_owned()).collect()
    }

    #[test]
    fn each_language_has_its_comments() {
        for (path, text, expected) in [
            ("a.go", "x := 1 // a\n/* b\nc */ y", &["// a", "/* b\nc */"][..]),
            ("a.js", "const u = 'http://x'; // a", &["// a"]),
            ("a.js", "const u = `http://x\n//`; /* a */", &["/* a */"]),
            ("a.js", "s.replace(/\\//g, ''); it's // a", &[]),
            ("a.rs", "fn f<'a>(x: &'a str) { '\"'; '\\''; r#\"// \" //\"#; \"// \n //\" } // a", &["// a"]),
            (
                "a.py",
                "\"\"\"a\"\"\"\nx = \"\"\"b # b\"\"\" # c\ndef f():\n    '''d'''\n    g(\n    '''e''')\n",
                &["\"\"\"a\"\"\"", "# c", "'''d'''"],
            ),
            ("a.yaml", "a: it's x#y # b\nc: 'd # e'\n", &["# b"]),
            ("Dockerfile", "# a\nRUN x", &["# a"]),
            ("requirements.txt", "a==1 # b", &["# b"]),
            ("a.php", "#[A]\n# a", &["# a"]),
            ("a.py", "#[a]", &["#[a]"]),
            ("a.xml", "<a><!-- b\n --><c/></a>", &["<!-- b\n -->"]),
            ("a.sql", "x -- a\n--[[ b ]] y", &["-- a", "--[[ b ]]"]),
            ("a.vue", "<!-- a --><b>it's</b>\nx // c", &["<!-- a -->", "// c"]),
            ("a.json", "{\"a\": \"// b\"} // c", &[]),
        ] {
            assert_eq!(said(path, text), expected, "{path}: {text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_text_comes_to_an_end(text in "([a-z'\"`/*#\\\\\n é(]|\"\"\"|r#\"|<!--){0,40}", ending in "(rs|go|py|js|yaml|xml|sql|vue)") {
            let found = comments(&format!("a.{ending}"), &text);
            let is_in_order = found.windows(2).all(|two| two[0].end <= two[1].start);
            proptest::prop_assert!(is_in_order && found.iter().all(|range| text.get(range.clone()).is_some()));
        }
    }
}
