//! Calls of the program in a text, read as a shell reads them: what it is called with is said to polity.

use std::ops::Range;

/// How the program is called.
pub(super) const PROGRAM: &str = "polity";
/// What texts stand between.
const QUOTES: [char; 2] = ['"', '\''];
/// The most lines that an argument goes on for.
pub(super) const MOST_LINES: usize = 10;
/// The most bytes in which a verb is looked for, and the end of a command in an argument: some files are one line.
const MOST_BYTES: usize = 1024;

/// The verbs of the program, behind which a call says what it is about.
const VERBS: [&str; 17] = [
    "new",
    "update",
    "adopt",
    "drift",
    "blame",
    "promote",
    "check",
    "explain",
    "template",
    "policy",
    "why",
    "waiver",
    "conftest",
    "gatekeeper",
    "registry",
    "outbox",
    "demo",
];

/// What the program is called with wherever it is.
pub(super) fn calls(text: &str) -> Vec<Range<usize>> {
    let (mut said, mut inner, mut quotes, mut read, mut next) = (Vec::<Range<usize>>::new(), Vec::new(), Quotes::default(), 0, 0);
    for (at, program) in text.match_indices(PROGRAM) {
        quotes.read(&text[read..at]);
        read = at;
        next += said[next..].iter().take_while(|range| range.end <= at).count();
        // In a call that was read stands what it says, and commands whose output it is called with.
        let is_inner = said.last().is_some_and(|last| at < last.end);
        if said.get(next).is_some_and(|range| range.contains(&at)) || !is_call(&text[at + program.len()..]) {
            continue;
        }
        let call = Call::behind(text, at + program.len(), quotes.open());
        (if is_inner { &mut inner } else { &mut said }).extend(call.said());
    }
    said.extend(inner);
    said
}

/// Whether a verb follows the name of the program, which may be that of an image with its tag. Options may stand between.
fn is_call(behind: &str) -> bool {
    let lines = behind[..behind.floor_char_boundary(MOST_BYTES)].split_inclusive('\n');
    let mut goes_on = true;
    let command: String = lines.take_while(|line| std::mem::replace(&mut goes_on, line.trim_end().ends_with('\\'))).collect();
    let Some((version, words)) = command.split_once([' ', '\t']) else { return false };
    let is_verb = |word: &str| word.split(|c: char| !c.is_ascii_lowercase()).next().is_some_and(|word| VERBS.contains(&word));
    let mut is_value = false;
    let mut others = words.split_whitespace().filter(|word| *word != "\\").skip_while(|word| {
        let is_option = word.starts_with('-');
        let goes_on = is_option || (is_value && !is_verb(word));
        is_value = is_option && !word.contains('=');
        goes_on
    });
    (version.is_empty() || version.starts_with([':', '@'])) && others.next().is_some_and(is_verb)
}

/// The quotes that are open at a place of a line: also those of a command in an argument.
#[derive(Default)]
struct Quotes(Vec<char>);

impl Quotes {
    /// Goes on by a part of a text.
    fn read(&mut self, part: &str) {
        let part = part.rfind('\n').map_or(part, |end| {
            self.0.clear();
            &part[end + 1..]
        });
        let mut chars = part.chars().peekable();
        while let Some(next) = chars.next() {
            match self.0.last() {
                Some('\'') if next != '\'' => {}
                _ if next == '\\' => drop(chars.next()),
                Some(open) if next == *open => drop(self.0.pop()),
                _ if next == '$' && chars.peek() == Some(&'(') => self.0.push(')'),
                Some('"') if next != '`' => {}
                _ if next == '`' || QUOTES.contains(&next) => self.0.push(next),
                _ => {}
            }
        }
    }

    fn open(&self) -> Option<char> {
        self.0.last().copied()
    }
}

/// A call of the program as a shell reads it.
struct Call<'a> {
    text: &'a str,
    at: usize,
    /// Where what is said begins that goes on at the place.
    from: usize,
    said: Vec<Range<usize>>,
    /// The quote or the bracket around the call, which ends it.
    around: Option<char>,
    /// The quotes that an argument stands in.
    quote: Option<Quote>,
    /// How many brackets are open that an argument began.
    depth: usize,
}

/// The quotes that an argument stands in, and how far all was said when it began.
#[derive(Clone, Copy)]
struct Quote {
    sign: &'static str,
    at: usize,
    from: usize,
    said: usize,
}

impl<'a> Call<'a> {
    fn behind(text: &'a str, at: usize, around: Option<char>) -> Self {
        Self { text, at, from: at, said: Vec::new(), around, quote: None, depth: 0 }
    }

    fn said(mut self) -> Vec<Range<usize>> {
        while self.step() {}
        // An argument that nobody closes is none.
        if let Some(quote) = self.quote {
            self.said.truncate(quote.said);
            (self.at, self.from) = (quote.at, quote.from);
        }
        self.said.push(self.from..self.at);
        self.said
    }

    /// Goes on by a character, an argument's end or a command in it; nothing at the end of the call.
    fn step(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let Some(next) = rest.chars().next() else { return false };
        // Quotes in a text of YAML.
        if (self.around == Some('\'') && rest.starts_with("''"))
            || (self.around == Some('"') && self.is_in("'") && rest.starts_with("\\\""))
        {
            self.at += 2;
            return true;
        }
        match self.quote {
            Some(quote) if rest.starts_with(quote.sign) => {
                self.quote = None;
                self.at += quote.sign.len();
                return true;
            }
            Some(quote) if next == '\n' && self.text[quote.at..self.at].matches('\n').count() == MOST_LINES => return false,
            // A bracket in an argument closes nothing.
            quote if Some(next) == self.around && (quote.is_none() || next != ')') => return false,
            _ => {}
        }
        let length = match next {
            _ if self.is_in("'") => next.len_utf8(),
            '$' | '`' if rest.starts_with("$(") || next == '`' => {
                let Some(length) = command(rest) else { return false };
                self.said.push(self.from..self.at);
                self.from = self.at + length;
                length
            }
            '$' if rest.starts_with("${") => closing(&rest[1..], ('{', '}')).map_or(1, |length| 1 + length),
            '\\' if self.around == Some('"') && self.quote.is_none() => match rest[1..].chars().next() {
                Some('"') => return self.opens("\\\""),
                Some('n') => return false,
                other => 1 + other.map_or(0, char::len_utf8),
            },
            '\\' if rest[1..].starts_with("\r\n") => 3,
            '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            other if self.quote.is_some() => other.len_utf8(),
            '#' if self.text[..self.at].ends_with(char::is_whitespace) => return false,
            ']' | '}' if self.depth > 0 => {
                self.depth -= 1;
                1
            }
            '\n' | ';' | '|' | '&' | ']' | '}' | '(' | ')' => return false,
            '[' | '{' => {
                self.depth += 1;
                1
            }
            ',' if rest[1..].starts_with([' ', '"', '\'']) => return false,
            '"' => return self.opens("\""),
            // It is one in a word.
            '\'' if !self.text[..self.at].ends_with(char::is_alphanumeric) => return self.opens("'"),
            other => other.len_utf8(),
        };
        self.at += length;
        true
    }

    fn is_in(&self, sign: &str) -> bool {
        self.quote.is_some_and(|quote| quote.sign == sign)
    }

    fn opens(&mut self, sign: &'static str) -> bool {
        self.quote = Some(Quote { sign, at: self.at, from: self.from, said: self.said.len() });
        self.at += sign.len();
        true
    }
}

/// How long a command is whose output stands in its place.
fn command(text: &str) -> Option<usize> {
    match text.strip_prefix('`') {
        Some(inside) => part_of_line(inside).find('`').map(|length| length + 2),
        None => closing(&text[1..], ('(', ')')).map(|length| length + 1),
    }
}

/// How long a part of a line is that an opening bracket begins, and the one that closes it ends.
fn closing(text: &str, (open, close): (char, char)) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, next) in part_of_line(text).char_indices() {
        depth = if next == open { depth + 1 } else { depth - usize::from(next == close) };
        if depth == 0 {
            return Some(at + 1);
        }
    }
    None
}

/// The rest of a line, as far as it is looked at.
fn part_of_line(text: &str) -> &str {
    let part = &text[..text.floor_char_boundary(MOST_BYTES)];
    &part[..end_of_line(part, 0)]
}

pub(super) fn end_of_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |length| at + length)
}
