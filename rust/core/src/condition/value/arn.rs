//! ARNs as condition values (C-11, M-28).

use crate::condition::operand::ArnOperand;
use crate::error::Code;
use crate::pattern;
use crate::template::{self, Part, Segments, Template, VariableError, Variables, Wildcards};

/// Why a policy value of an Arn* operator is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OperandError {
    /// Not `*`, not one variable, and not six segments of which the first can be `arn`.
    NotArn,
    /// A malformed variable (G-37).
    Variable(VariableError),
}

impl OperandError {
    /// The code of the parse error.
    #[must_use]
    pub fn code(self) -> Code {
        match self {
            Self::NotArn => Code::TYPE_MISMATCH_ARN,
            Self::Variable(error) => error.code,
        }
    }
}

/// The six segments of an ARN in a context; `None` if it is malformed.
#[must_use]
pub fn split(text: &str) -> Option<[&str; 6]> {
    let mut parts = text.splitn(6, ':');
    let mut next = || parts.next();
    let segments = [next()?, next()?, next()?, next()?, next()?, next()?];
    let [arn, partition, service, _, _, resource] = segments;
    let whole = arn == "arn" && !partition.is_empty() && !service.is_empty() && !resource.is_empty();
    whole.then_some(segments)
}

/// A policy value of an Arn* operator.
///
/// # Errors
///
/// It is not of the form of C-11; or, if it is, a variable in it is malformed.
pub fn parse_operand(text: &str, variables: Variables) -> Result<ArnOperand, OperandError> {
    if text == "*" {
        return Ok(ArnOperand::Any);
    }
    if template::is_one_variable(text, variables) {
        return whole_variable(parse_segment(text, variables)?);
    }
    let mut segments = Segments::new(text, variables);
    let mut next = || segments.next().ok_or(OperandError::NotArn);
    let segments = [next()?, next()?, next()?, next()?, next()?, next()?];
    let [arn, ..] = segments;
    if !pattern::matches(arn, "arn") {
        return Err(OperandError::NotArn);
    }
    let [a, b, c, d, e, f] = segments.map(|segment| parse_segment(segment, variables));
    Ok(ArnOperand::Segments(Box::new([a?, b?, c?, d?, e?, f?])))
}

fn parse_segment(text: &str, variables: Variables) -> Result<Template, OperandError> {
    template::parse(text, Wildcards::Wild, variables).map_err(OperandError::Variable)
}

fn whole_variable(template: Template) -> Result<ArnOperand, OperandError> {
    match template.parts.into_iter().next() {
        Some(Part::Variable { key, default }) => Ok(ArnOperand::Variable { key, default }),
        _ => Err(OperandError::NotArn),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn operand(text: &str) -> Result<ArnOperand, &'static str> {
        parse_operand(text, Variables::Yes).map_err(|error| error.code().name())
    }

    #[test]
    fn context_arns_have_six_segments() {
        assert_eq!(split("arn:aws:s3:::b/k:v"), Some(["arn", "aws", "s3", "", "", "b/k:v"]));
        for text in ["", "arn:aws:s3:::", "arn::s3:::b", "arn:aws::::b", "ARN:aws:s3:::b", "arn:aws:s3::b", "garbage"] {
            assert_eq!(split(text), None, "{text}");
        }
    }

    #[test]
    fn operands_are_stars_variables_or_six_segments() {
        assert_eq!(operand("*"), Ok(ArnOperand::Any));
        let variable = ArnOperand::Variable { key: "aws:PrincipalArn".to_owned(), default: Some("x".to_owned()) };
        assert_eq!(operand("${aws:PrincipalArn, 'x'}"), Ok(variable));
        for text in ["arn:aws:s3:::", "a?n:*:*:*:*:*", "*:a:b:c:d:e:f", "arn:aws:s3:::${a:b}", "arn:${a:b}::::x"] {
            assert!(matches!(operand(text), Ok(ArnOperand::Segments(_))), "{text}");
        }
        for text in ["", "**", "arn", "arn:aws:s3:::${a:b", "${*}", "x:aws:s3:::b", "${a:b}:aws:s3:::b", "arn:aws:s3:*"]
        {
            let expected = if text.ends_with("${a:b") { "MISSING_BRACE_IN_VARIABLE" } else { "TYPE_MISMATCH_ARN" };
            assert_eq!(operand(text), Err(expected), "{text}");
        }
        assert_eq!(operand("${foo}"), Err("INVALID_VARIABLE"));
    }

    #[test]
    fn without_variables_the_colons_of_a_variable_are_colons() {
        assert!(matches!(parse_operand("arn:a:b:${c:d}", Variables::No), Err(OperandError::NotArn)));
        assert!(matches!(parse_operand("arn:a:b:c:${d:e}", Variables::No), Ok(ArnOperand::Segments(_))));
    }
}
