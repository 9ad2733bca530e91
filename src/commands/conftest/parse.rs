//! `conftest parse`: config files as policies see them.

use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};
use serde_json::{Map, Value};

use crate::cli::ConftestParseArgs;
use crate::commands::{Env, print};
use crate::error::Exit;
use crate::policy::conftest::combined;
use crate::policy::conftest::output::escape_html;

use super::settings::Settings;
use super::{Doing as _, Failure, configs, means};

/// Prints the files that the user named.
pub(super) fn run(args: &ConftestParseArgs, settings: &Settings, env: &mut Env<'_>) -> Result<Exit, Failure> {
    if args.paths.is_empty() {
        return Err(Failure("must supply path to at least one file".to_owned()));
    }
    let parser = settings.text("parser", args.parser.as_deref())?;
    let mut configs = configs::parse(&args.paths, parser.as_deref(), &means::load(None, settings)?)?;
    let text = if settings.switch("combine", args.combine)? {
        json(combined(&configs), b"\t")? + "\n"
    } else if configs.len() == 1 {
        json(configs.remove(0).value, b"  ")?
    } else {
        let members = configs.into_iter().map(|config| (config.path, config.value));
        json(Value::Object(members.collect::<Map<_, _>>()), b"  ")?
    };
    print(env, &(text + "\n")).doing("format output")?;
    Ok(Exit::Clean)
}

/// JSON as Go lays it out, and with its form of floats.
struct GoFormatter<'a>(PrettyFormatter<'a>);

impl Formatter for GoFormatter<'_> {
    fn write_f64<W: ?Sized + Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        let size = value.abs();
        if size == 0.0 || (1e-6..1e21).contains(&size) {
            return write!(writer, "{value}");
        }
        let short = format!("{value:e}");
        writer.write_all(if short.contains("e-") { short } else { short.replace('e', "e+") }.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_array(writer)
    }

    fn end_array<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array(writer)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(writer, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_array_value(writer)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

/// JSON with sorted keys, as Go writes it.
fn json(mut value: Value, indent: &[u8]) -> Result<String, Failure> {
    value.sort_all_objects();
    let mut bytes = Vec::new();
    value
        .serialize(&mut Serializer::with_formatter(&mut bytes, GoFormatter(PrettyFormatter::with_indent(indent))))
        .doing("marshal configs")?;
    Ok(escape_html(&String::from_utf8_lossy(&bytes)))
}
