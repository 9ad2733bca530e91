//! `strings.render_template`: a text with the values of an object in it, by a template of Go's `text/template`.

use regorus::Value as Rego;

use super::super::rendered::{of_json, render};
use super::super::value::to_json;
use super::{Answer, Failure, Function, text};

pub(super) const FUNCTIONS: &[(&str, u8, Function)] = &[("strings.render_template", 2, |args, _| fill(args))];

fn fill(args: &[Rego]) -> Answer {
    args[1].as_object().map_err(|_| Failure::from("operand 2 must be object"))?;
    let filled = render(text(args, 0)?, of_json(&to_json(&args[1])))?;
    Ok(Rego::from(filled.replace("<no value>", "<undefined>").as_str()))
}
