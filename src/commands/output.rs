//! The result stream of a verb. What a terminal would obey is for nobody but polity to say.

use std::io::{self, Write};

use crate::error::Error;
use crate::finding::plain;

use super::Env;

/// As [`print`], with text out of files: a terminal obeys nothing of it, and a program gets it as it is.
pub(crate) fn show(env: &mut Env<'_>, text: &str) -> Result<(), Error> {
    if !env.terminal {
        return print(env, text);
    }
    let lines: String = text.lines().map(|line| plain(line) + "\n").collect();
    print(env, &lines)
}

/// Writes to the result stream; a closed pipe ends the output, not the program.
pub(crate) fn print(env: &mut Env<'_>, text: &str) -> Result<(), Error> {
    match env.stdout.write_all(text.as_bytes()).and_then(|()| env.stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::io("write the result", error)),
        _ => Ok(()),
    }
}

/// The most that is heard of a result, in bytes.
const MOST: usize = 4 << 20;

/// What goes to the result stream, for somebody besides.
pub(super) struct Heard {
    /// Nothing once it is too much.
    pub(super) text: Option<Vec<u8>>,
}

impl Default for Heard {
    fn default() -> Self {
        Self { text: Some(Vec::new()) }
    }
}

/// A writer that somebody may listen to.
pub(super) struct Overheard<'a> {
    pub(super) to: &'a mut dyn Write,
    pub(super) by: Option<&'a mut Heard>,
}

impl Write for Overheard<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        if let Some(heard) = &mut self.by {
            heard.text = heard.text.take().filter(|text| text.len() + written <= MOST);
            heard.text.iter_mut().for_each(|text| text.extend_from_slice(&bytes[..written]));
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::env::surroundings;
    use super::*;
    use crate::cli::Cli;

    #[test]
    fn a_terminal_obeys_nothing_of_a_file_and_a_program_gets_all_of_it() {
        let text = "+a\x1b]0;x\x07b\r\n\tc\n";
        for (terminal, expected) in [(true, "+a\u{fffd}]0;x\u{fffd}b\n\tc\n"), (false, text)] {
            let (mut out, mut err) = (Vec::new(), Vec::new());
            let cli = Cli::parse_from(["polity", "drift"]);
            let mut env = surroundings(&cli.global, &mut out, &mut err).unwrap();
            env.terminal = terminal;
            show(&mut env, text).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
