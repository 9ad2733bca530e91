//! What is wrong with a Jsonnet program, in words, and where.

use rsjsonnet_lang::lexer::LexError;
use rsjsonnet_lang::parser::ParseError;
use rsjsonnet_lang::program::{AnalyzeError, EvalErrorKind, EvalErrorValueType as Type, LoadError};
use rsjsonnet_lang::span::SpanId;

type Told = (Option<SpanId>, String);

/// A mistake in a text; an empty message stands for what is written there and may not be.
pub(super) fn in_text(error: &LoadError) -> Told {
    match error {
        LoadError::Lex(error) => in_token(error),
        LoadError::Parse(ParseError::Expected { span, .. }) => (Some(*span), String::new()),
        LoadError::Analyze(error) => in_names(error),
    }
}

fn in_token(error: &LexError) -> Told {
    let (span, message) = match error {
        LexError::InvalidChar { span, chr } => (span, format!("unexpected character {chr:?}")),
        LexError::InvalidUtf8 { span, .. } => (span, "the text is not UTF-8".to_owned()),
        LexError::UnfinishedMultilineComment { span } => (span, "a comment is not closed".to_owned()),
        LexError::LeadingZeroInNumber { span } => (span, "a number starts with a zero".to_owned()),
        LexError::MissingFracDigits { span } => (span, "a number ends with its point".to_owned()),
        LexError::MissingExpDigits { span } => (span, "an exponent has no digits".to_owned()),
        LexError::MissingDigitAfterUnderscore { span } => (span, "a number ends with an underscore".to_owned()),
        LexError::ExpOverflow { span } => (span, "an exponent is too large".to_owned()),
        LexError::InvalidEscapeInString { span, chr } => (span, format!("unknown escape `\\{chr}`")),
        LexError::IncompleteUnicodeEscape { span } => (span, "an escape has less than four digits".to_owned()),
        LexError::InvalidUtf16EscapeSequence { span, .. } => (span, "an escape stands for no character".to_owned()),
        LexError::UnfinishedString { span } => (span, "a text is not closed".to_owned()),
        LexError::MissingLineBreakAfterTextBlockStart { span } => (span, "a text block starts within a line".to_owned()),
        LexError::MissingWhitespaceTextBlockStart { span } => (span, "the first line of a text block is not indented".to_owned()),
        LexError::InvalidTextBlockTermination { span } => (span, "a text block is not closed".to_owned()),
    };
    (Some(*span), message)
}

fn in_names(error: &AnalyzeError) -> Told {
    let (span, message) = match error {
        AnalyzeError::UnknownVariable { span, name } => (span, format!("unknown variable `{name}`")),
        AnalyzeError::SelfOutsideObject { self_span } => (self_span, "`self` stands outside of objects".to_owned()),
        AnalyzeError::SuperOutsideObject { super_span } => (super_span, "`super` stands outside of objects".to_owned()),
        AnalyzeError::DollarOutsideObject { dollar_span } => (dollar_span, "`$` stands outside of objects".to_owned()),
        AnalyzeError::RepeatedLocalName { repeated_span, name, .. } => (repeated_span, format!("a second variable `{name}`")),
        AnalyzeError::RepeatedFieldName { repeated_span, name, .. } => (repeated_span, format!("a second field `{name}`")),
        AnalyzeError::RepeatedParamName { repeated_span, name, .. } => (repeated_span, format!("a second parameter `{name}`")),
        AnalyzeError::PositionalArgAfterNamed { arg_span } => (arg_span, "an argument without a name follows one with a name".to_owned()),
        AnalyzeError::TextBlockAsImportPath { span } => (span, "a text block is no path".to_owned()),
        AnalyzeError::ComputedImportPath { span } => (span, "a path to import is not computed".to_owned()),
    };
    (Some(*span), message)
}

/// A mistake that an evaluation met.
pub(super) fn in_evaluation(kind: &EvalErrorKind) -> Told {
    use EvalErrorKind as Kind;
    let at = |span: &SpanId, message: String| (Some(*span), message);
    match kind {
        Kind::ExplicitError { span, message } => at(span, message.clone()),
        Kind::AssertFailed { span, message: Some(message) } => at(span, message.clone()),
        Kind::AssertFailed { span, message: None } => at(span, "an assertion failed".to_owned()),
        Kind::ImportFailed { span, path } => at(span, format!("cannot import {path:?}")),
        Kind::InvalidIndexedType { span, got_type } => at(span, format!("{} has no elements", named(*got_type))),
        Kind::InvalidSlicedType { span, got_type } => at(span, format!("{} has no slices", named(*got_type))),
        Kind::SliceIndexOrStepIsNotNumber { span, got_type } => at(span, format!("{} is no place in a slice", named(*got_type))),
        Kind::StringIndexIsNotNumber { span, got_type } => at(span, format!("{} is no place in a text", named(*got_type))),
        Kind::ArrayIndexIsNotNumber { span, got_type } => at(span, format!("{} is no place in an array", named(*got_type))),
        Kind::ObjectIndexIsNotString { span, got_type } => at(span, format!("{} is no name of a field", named(*got_type))),
        Kind::FieldNameIsNotString { span, got_type } => at(span, format!("{} is no name of a field", named(*got_type))),
        Kind::NumericIndexIsNotValid { span, index } => at(span, format!("{index} is no place")),
        Kind::NumericIndexOutOfRange { span, index, length } => at(span, format!("no element {index} in {length} elements")),
        Kind::RepeatedFieldName { span, name } => at(span, format!("a second field `{name}`")),
        Kind::UnknownObjectField { span, field_name } => at(span, format!("no field `{field_name}`")),
        Kind::FieldOfNonObject { span } => at(span, "fields are looked for in what is no object".to_owned()),
        Kind::SuperWithoutSuperObject { span } => at(span, "`super` stands in an object that extends none".to_owned()),
        Kind::ForSpecValueIsNotArray { span, got_type } => at(span, format!("`for` goes through arrays, not through {}", named(*got_type))),
        Kind::CondIsNotBool { span, got_type } => at(span, format!("a condition is {}", named(*got_type))),
        Kind::InvalidUnaryOpType { span, rhs_type, .. } => at(span, format!("this operator does not take {}", named(*rhs_type))),
        other => in_call(other),
    }
}

fn in_call(kind: &EvalErrorKind) -> Told {
    use EvalErrorKind as Kind;
    match kind {
        Kind::CalleeIsNotFunction { span, got_type } => (*span, format!("{} is called as a function", named(*got_type))),
        Kind::TooManyCallArgs { span, num_params } => (*span, format!("more arguments than parameters, of which there are {num_params}")),
        Kind::UnknownCallParam { span, param_name } => (*span, format!("no parameter `{param_name}`")),
        Kind::RepeatedCallParam { span, param_name } => (*span, format!("a second argument for `{param_name}`")),
        Kind::CallParamNotBound { span, param_name } => (*span, format!("no argument for `{param_name}`")),
        Kind::InvalidBinaryOpTypes { span, lhs_type, rhs_type, .. } => {
            (*span, format!("this operator does not take {} and {}", named(*lhs_type), named(*rhs_type)))
        }
        Kind::NumberNotBitwiseSafe { span } => (*span, "a number is too large for an operator on bits".to_owned()),
        Kind::NumberOverflow { span } => (*span, "a number is too large".to_owned()),
        Kind::NumberNan { span } => (*span, "the result is no number".to_owned()),
        Kind::DivByZero { span } => (*span, "division by zero".to_owned()),
        Kind::ShiftByNegative { span } => (*span, "a shift by less than nothing".to_owned()),
        Kind::Other { span, message } => (*span, message.clone()),
        other => (None, anywhere(other)),
    }
}

/// Mistakes that have no place of their own.
fn anywhere(kind: &EvalErrorKind) -> String {
    use EvalErrorKind as Kind;
    match kind {
        Kind::StackOverflow => "more calls in each other than the 500 that Jsonnet allows".to_owned(),
        Kind::InfiniteRecursion => "a value needs itself".to_owned(),
        Kind::InvalidStdFuncArgType { func_name, arg_index, got_type, .. } => {
            format!("argument {} of `std.{func_name}` is {}", arg_index + 1, named(*got_type))
        }
        Kind::AssertEqualFailed { lhs, rhs } => format!("{lhs} is not {rhs}"),
        Kind::UnknownExtVar { name } => format!("no external variable `{name}`: conftest sets none"),
        Kind::ManifestFunction => "a function has no JSON".to_owned(),
        Kind::CompareDifferentTypesInequality { lhs_type, rhs_type } => {
            format!("{} and {} have no order", named(*lhs_type), named(*rhs_type))
        }
        Kind::CompareNullInequality | Kind::CompareBooleanInequality | Kind::CompareObjectInequality | Kind::CompareFunctions => {
            "these values have no order".to_owned()
        }
        Kind::PrimitiveEqualsNonPrimitive { got_type } => format!("`std.primitiveEquals` does not take {}", named(*got_type)),
        other => format!("{other:?}"),
    }
}

fn named(kind: Type) -> &'static str {
    match kind {
        Type::Null => "null",
        Type::Bool => "a truth value",
        Type::Number => "a number",
        Type::String => "a text",
        Type::Array => "an array",
        Type::Object => "an object",
        Type::Function => "a function",
    }
}
