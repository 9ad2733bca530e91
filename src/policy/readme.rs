//! The documentation of a policy: a Markdown page with fixed sections, taken apart for `explain` and for its laws.

use std::fmt::Write as _;

/// The sections of every policy's `README.md`, in this order.
pub const SECTIONS: [&str; 7] = ["What it checks", "Why", "Bad", "Good", "Fix", "Parameters", "How to waive"];

/// A page taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readme {
    /// The text of the first heading.
    pub title: String,
    /// Each section's heading and text, in the order of the page.
    pub sections: Vec<(String, String)>,
}

/// A fenced block: the words after the fence, and the lines inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// Such as `yaml`.
    pub info: String,
    /// The lines, each with its line break.
    pub text: String,
}

/// Takes a page apart. Headings inside of fenced blocks are text.
#[must_use]
pub fn parse(page: &str) -> Readme {
    let mut readme = Readme::default();
    let mut fenced = false;
    for line in page.lines() {
        fenced ^= line.trim_start().starts_with("```");
        match (fenced, line.strip_prefix("## "), line.strip_prefix("# ")) {
            (false, Some(heading), _) => readme.sections.push((heading.trim().to_owned(), String::new())),
            (false, _, Some(title)) if readme.title.is_empty() => readme.title = title.trim().to_owned(),
            _ => {
                if let Some((_, text)) = readme.sections.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }
    for (_, text) in &mut readme.sections {
        *text = text.trim().to_owned();
    }
    readme
}

impl Readme {
    /// The text of a section.
    #[must_use]
    pub fn section(&self, heading: &str) -> Option<&str> {
        self.sections.iter().find(|(name, _)| name == heading).map(|(_, text)| text.as_str())
    }

    /// The page for a terminal: headings in capitals, text indented, links with their address behind.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (heading, body) in &self.sections {
            let _ = writeln!(text, "\n{}", heading.to_uppercase());
            let mut fenced = false;
            for line in body.lines() {
                if line.trim_start().starts_with("```") {
                    fenced = !fenced;
                    continue;
                }
                let line = if fenced { format!("    {line}") } else { format!("  {}", links(line)) };
                let _ = writeln!(text, "{}", line.trim_end());
            }
        }
        text
    }
}

/// The fenced blocks of a section.
#[must_use]
pub fn fences(section: &str) -> Vec<Fence> {
    let mut found: Vec<Fence> = Vec::new();
    let mut open = false;
    for line in section.lines() {
        if let Some(info) = line.trim_start().strip_prefix("```") {
            open = !open;
            if open {
                found.push(Fence { info: info.trim().to_owned(), text: String::new() });
            }
        } else if open && let Some(fence) = found.last_mut() {
            fence.text.push_str(line);
            fence.text.push('\n');
        }
    }
    found
}

/// `[text](address)` becomes `text (address)`.
fn links(line: &str) -> String {
    let link = regex::Regex::new(r"\[([^\]]*)\]\(([^)]*)\)").expect("the expression is constant");
    link.replace_all(line, "$1 ($2)").into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_title_and_sections() {
        let page = "# a-b\n\nIntro.\n\n## Why\n\nSee [it](http://x).\n\n## Bad\n\n```sh\n# no heading\n## none\n```\n";
        let readme = parse(page);
        assert_eq!(readme.title, "a-b");
        assert_eq!(readme.section("Why"), Some("See [it](http://x)."));
        assert_eq!(readme.section("Bad"), Some("```sh\n# no heading\n## none\n```"));
        assert_eq!(readme.to_text(), "\nWHY\n  See it (http://x).\n\nBAD\n    # no heading\n    ## none\n");
        assert_eq!(fences(readme.section("Bad").unwrap()), [Fence { info: "sh".to_owned(), text: "# no heading\n## none\n".to_owned() }]);
    }
}
