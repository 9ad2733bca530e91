//! Where the comments of a file stand: not in a quoted text, and not in a text of several lines.
//!
//! YAML, JSON and TOML are read by their parsers. Other languages are read for their comments and texts alone, by the ending of the file.

use std::ops::Range;

use crate::config::{Format, comments};

use super::languages::{Language, Text, Where, of};

/// The comments of a file, with their signs. Of a file in no known language a comment has its line for itself.
pub(super) fn of_file(path: &str, text: &str) -> Vec<Range<usize>> {
    found(path, text, false)
}

/// What a file says to its readers alone: its comments, and the texts that document a program.
pub(super) fn prose(path: &str, text: &str) -> Vec<Range<usize>> {
    found(path, text, true)
}

/// The one of these comments that a place is in.
pub(super) fn around(comments: &[Range<usize>], at: usize) -> Option<&Range<usize>> {
    comments[..comments.partition_point(|comment| comment.start <= at)].last().filter(|comment| at < comment.end)
}

fn found(path: &str, text: &str, documents: bool) -> Vec<Range<usize>> {
    let ending = path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("", |(_, ending)| ending);
    let parsed = match ending {
        "json" | "jsonc" | "json5" | "webmanifest" => Some(comments(text, Format::Json).unwrap_or_default()),
        "toml" => Some(comments(text, Format::Toml).unwrap_or_default()),
        // What is no YAML may be a template of it.
        "yaml" | "yml" => comments(text, Format::Yaml),
        _ => None,
    };
    parsed.unwrap_or_else(|| Scanner { text, at: 0, language: of(path), documents, found: Vec::new(), bodies: Vec::new() }.scan())
}

/// Goes through a text of a language.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
    language: &'static Language,
    /// Whether texts that document a program are looked for as well.
    documents: bool,
    found: Vec<Range<usize>>,
    /// The words that end the texts which begin on the next line, and whether they may stand farther to the right.
    bodies: Vec<(String, bool)>,
}

impl Scanner<'_> {
    fn scan(mut self) -> Vec<Range<usize>> {
        while self.at < self.text.len() {
            self.step(0);
        }
        self.found
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Goes on behind the next sign, comment or text; `depth` says how many texts there are around it.
    fn step(&mut self, depth: usize) {
        let language = self.language;
        if self.rest().starts_with('\n') {
            self.at += 1;
            return self.new_line();
        }
        if let Some(length) = language.raw.and_then(|raw| raw(&self.text[..self.at], self.rest())) {
            self.at += length;
            return;
        }
        if let Some((_, close)) = language.blocks.iter().find(|(open, _)| self.rest().starts_with(open)) {
            return self.block(close);
        }
        if language.signs.iter().any(|sign| self.rest().starts_with(sign)) && self.is_here() {
            let end = self.at + self.rest().find('\n').unwrap_or(self.rest().len());
            self.found.push(self.at..end);
            self.at = end;
            return;
        }
        match language.texts.iter().find(|text| self.rest().starts_with(text.open)) {
            Some(text) if depth < DEPTH => self.inside(text, depth),
            _ => self.forth(),
        }
    }

    /// Whether a comment may begin here.
    fn is_here(&self) -> bool {
        let before = self.text[..self.at].rsplit('\n').next().unwrap_or_default();
        match self.language.place {
            Where::Anywhere => true,
            Where::Word => before.chars().next_back().is_none_or(|c| c.is_whitespace() || c == ';'),
            Where::Line => before.trim_start_matches('\u{feff}').trim().is_empty() && !self.goes_on(),
        }
    }

    /// Whether the line before goes on in this one.
    fn goes_on(&self) -> bool {
        let above = self.text[..self.at].rsplit('\n').nth(1).unwrap_or_default().trim_end_matches('\r');
        self.language.continues && (above.len() - above.trim_end_matches('\\').len()) % 2 == 1
    }

    fn block(&mut self, close: &str) {
        let start = self.at;
        self.at += 2;
        self.at += self.rest().find(close).map_or(self.rest().len(), |at| at + close.len());
        self.found.push(start..self.at);
    }

    /// Goes over a character, and notes the text that it announces for the next line.
    fn forth(&mut self) {
        if self.language.heredocs && self.rest().starts_with("<<") && !self.text[..self.at].ends_with('<') {
            self.bodies.extend(announced(&self.rest()[2..]));
        }
        // What a `\` stands before opens nothing.
        let is_escaped = self.rest().starts_with('\\') && !self.rest()[1..].starts_with(['\n', '\r']);
        self.at += self.rest().chars().take(1 + usize::from(is_escaped)).map(char::len_utf8).sum::<usize>();
    }

    /// Passes over the texts that the line before announced, and over a scalar of lines of YAML.
    fn new_line(&mut self) {
        for (word, is_indented) in std::mem::take(&mut self.bodies) {
            let ends = |line: &str| if is_indented { line.trim() == word } else { line.trim_end_matches(['\r', '\n']) == word };
            let before: usize = self.rest().split_inclusive('\n').take_while(|line| !ends(line)).map(str::len).sum();
            self.at += before + self.rest()[before..].split_inclusive('\n').next().map_or(0, str::len);
        }
        if self.language.scalars {
            self.scalar();
        }
    }

    fn scalar(&mut self) {
        let above = self.text[..self.at].trim_end_matches(['\n', '\r']).rsplit('\n').next().unwrap_or_default();
        let code = above.split(" #").next().unwrap_or_default().trim_end();
        let opens = code.trim_end_matches(['+', '-']).trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(['+', '-']);
        let is_open = opens.ends_with('|') || opens.ends_with('>');
        if !is_open || code.trim_start().starts_with('#') {
            return;
        }
        // The key of an item stands behind its sign.
        let least = above.len() - above.trim_start_matches([' ', '-']).len();
        let inside = |line: &&str| line.trim().is_empty() || line.len() - line.trim_start().len() > least;
        let length: usize = self.rest().split_inclusive('\n').take_while(inside).map(str::len).sum();
        self.at += length;
    }

    /// Whether the text that begins here is a statement of its own.
    fn is_document(&self, text: &Text) -> bool {
        let (above, line) = self.text[..self.at].rsplit_once('\n').unwrap_or(("", &self.text[..self.at]));
        let goes_on = above.trim_end().ends_with(['(', '[', '{', ',', '=', '+', '\\']);
        self.documents && self.language.documents && text.open.len() == 3 && line.trim().is_empty() && !goes_on
    }

    /// Goes on behind the end of a text.
    fn inside(&mut self, text: &Text, depth: usize) {
        let start = self.is_document(text).then_some(self.at);
        self.within(text, depth);
        self.found.extend(start.map(|start| start..self.at));
    }

    fn within(&mut self, text: &Text, depth: usize) {
        self.at += text.open.len();
        while !self.rest().is_empty() && !self.rest().starts_with(text.close) {
            match self.rest() {
                rest if rest.starts_with('\n') && !text.has_lines => return,
                rest if rest.starts_with('\\') && text.escapes => self.at += 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
                rest if text.has_holes && rest.starts_with("${") => self.hole(depth),
                rest => self.at += rest.chars().next().map_or(0, char::len_utf8),
            }
        }
        self.at = (self.at + text.close.len()).min(self.text.len());
    }

    /// Goes on behind the code in a text.
    fn hole(&mut self, depth: usize) {
        self.at += 2;
        let mut open = 1;
        while open > 0 && !self.rest().is_empty() {
            match self.rest().as_bytes()[0] {
                b'{' => open += 1,
                b'}' => open -= 1,
                _ => {}
            }
            self.step(depth + 1);
        }
    }
}

/// How deep texts may stand in each other; what is deeper is taken for code.
const DEPTH: usize = 16;

/// The word that ends a text which `<<` announces, and whether it may stand farther to the right.
fn announced(rest: &str) -> Option<(String, bool)> {
    let rest = rest.trim_start_matches('<');
    let named = rest.trim_start_matches(['-', '~']);
    let quoted = named.trim_start_matches(['"', '\'', '`']);
    let word: String = quoted.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    word.starts_with(|c: char| c.is_alphabetic() || c == '_').then_some((word, named.len() < rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, expected: &[&str]) {
        let found = of_file(path, text);
        assert_eq!(found.into_iter().map(|range| text[range].trim_end()).collect::<Vec<_>>(), expected, "{path}: {text}");
    }

    #[test]
    fn what_stands_in_a_text_of_a_document_is_no_comment() {
        check("a.yaml", "a: 'x # 1'\nb: |\n  # 2\nc: \"\n  # 3\"\n# 4\n", &["# 4"]);
        let template = "{{ if .x }}\nb: |\n  # 1\n\n  # 2\nc: \"# 3\" # 4\n- d: >-\n    # 5\n  # 6\n{{/* 7 */}}\n";
        check("templates/a.yaml", template, &["# 4", "# 6", "{{/* 7 */}}"]);
        let quoted = "{{ if .x }}\na: \"{{ default \"b\" .c }}\" # 1\nd: don't # 2\ne: \"f\n  # 3\" # 4\ng: 'it''s # 5' # 6\n";
        check("templates/a.yaml", quoted, &["# 1", "# 2", "# 4", "# 6"]);
        check("a.json", "{\"a\": \"// 1\"} // 2", &["// 2"]);
        check("a.toml", "a = '''\n# 1\n''' # 2", &["# 2"]);
        check("a.properties", "a = b \\\n# 1\n# 2\nc = d # 3\n", &["# 2"]);
        check("a.html", "<![CDATA[ <!-- 1 --> ]]><!-- 2 -->", &["<!-- 2 -->"]);
        check("notes", "a # 1\n  # 2\ncat <<E\n# 3\nE\n// 4", &["# 2", "// 4"]);
    }

    #[test]
    fn what_stands_in_a_text_of_a_program_is_no_comment() {
        let docker = "FROM a # 1\nRUN <<EOF\n# 2\n  EOF\n# 3\nEOF\n  # 4\nRUN cat <<-\"X\" > a\n\t# 5\n\tX\n# 6";
        check("Dockerfile.dev", docker, &["# 4", "# 6"]);
        let shell = "echo '\n# 1' \"# 2\" a#3 # 4\ncat <<X <<Y\n# 5\nX\n# 6\nY\necho don\\'t # 7\nread <<< a # 8\n# 9";
        check("run.sh", shell, &["# 4", "# 7", "# 8", "# 9"]);
        check("a.py", "'''\n# 1\n'''\nx = '# 2' # 3\ny = \"\"\"# 4\n# 5\"\"\" # 6", &["# 3", "# 6"]);
        let rust = "let a = r#\"\"// 1\n\"#; // 2\nlet b = '\"'; // 3\nfn c<'a>(d: &'a str) {} // 4\nlet e = \"\n// 5\"; /* 6\n */";
        check("a.rs", rust, &["// 2", "// 3", "// 4", "/* 6\n */"]);
        check("a.go", "a := `\n// 1\n` // 2\nb := '\"' // 3\nc := \"// 4\"", &["// 2", "// 3"]);
        check("a.ts", "const a = `// 1 ${b ? `// 2` : \"}\" /* 3 */} // 4`; // 5\n", &["/* 3 */", "// 5"]);
        check("A.java", "var a = \"\"\"\n// 1 \"x\"\n\"\"\"; // 2", &["// 2"]);
        check("a.cpp", "auto a = R\"x(\n// 1 )\" )x\"; // 2", &["// 2"]);
        check("main.tf", "a = <<-EOT\n  # 1\n  EOT\nb = \"# 2\" # 3", &["# 3"]);
        check("a.sql", "select '\n-- 1' -- 2\n", &["-- 2"]);
        check("a.rego", "a := `\n# 1` # 2\n", &["# 2"]);
    }

    #[test]
    fn each_language_has_its_own() {
        check("a.js", "s.replace(/\\//g, ''); it's // 1\nt // 2", &["// 2"]);
        check("requirements.txt", "a==1 # 1\nb#2 don't # 3", &["# 1", "# 3"]);
        check("a.php", "#[A]\n# 1", &["# 1"]);
        check("a.py", "#[1]", &["#[1]"]);
        check("a.vue", "<!-- 1 --><b>it's</b>\nx // 2", &["<!-- 1 -->", "// 2"]);
        check("a.fs", "let f' = 1 (* 2\n *) // 3", &["(* 2\n *)", "// 3"]);
        check("a.vb", "Dim s = \"it's\" ' 1", &["' 1"]);
        check("a.clj", "(a \"; 1\") ; 2", &["; 2"]);
        check("a.erl", "a(\"% 1\"). % 2", &["% 2"]);
        check("a.csproj", "<a><!-- 1\n --><c/></a>", &["<!-- 1\n -->"]);
        check("a.nuspec", "<a><!-- 1 --></a>", &["<!-- 1 -->"]);
        check("build.sbt", "a += \"// 1\" // 2\n/* 3 */", &["// 2", "/* 3 */"]);
        check("go.mod", "require (\n\ta.b/c v1 // 1\n)", &["// 1"]);
        check("deps.edn", "{:a \"; 1\"} ; 2", &["; 2"]);
        check("CMakeLists.txt", "find_package(a \"# 1\") # 2", &["# 2"]);
        check("Pipfile", "a = \"# 1\" # 2", &["# 2"]);
        check("a.gemspec", "s.add_dependency '# 1' # 2", &["# 2"]);
    }

    #[test]
    fn a_text_that_is_a_statement_documents_a_program() {
        let python = "\"\"\"1\"\"\"\nx = \"\"\"2 # 2\"\"\" # 3\ndef f():\n    '''4\n    # 4'''\n    g(\n    '''5''')\n";
        let said: Vec<_> = prose("a.py", python).into_iter().map(|range| &python[range]).collect();
        assert_eq!(said, ["\"\"\"1\"\"\"", "# 3", "'''4\n    # 4'''"]);
        check("a.py", python, &["# 3"]);
    }

    proptest::proptest! {
        #[test]
        fn every_text_comes_to_an_end(text in "([a-z'\"`/*#\\\\\n é({$}]|\"\"\"|r#\"|<!--|<<){0,40}", ending in "(rs|go|py|js|yaml|xml|sql|vue|sh|php|cpp)") {
            let found = prose(&format!("a.{ending}"), &text);
            let is_in_order = found.windows(2).all(|two| two[0].end <= two[1].start);
            proptest::prop_assert!(is_in_order && found.iter().all(|range| text.get(range.clone()).is_some()));
        }
    }

    #[test]
    fn a_text_without_an_end_has_no_comments() {
        let open = [("a.sh", "cat <<X\n# 1\n"), ("a.py", "\"\"\"\n# 1"), ("a.rs", "r#\"\n// 1"), ("a.toml", "a = # 1")];
        for (path, text) in open {
            check(path, text, &[]);
        }
    }
}
