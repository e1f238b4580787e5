//! The `Condition` element (G-32…36).

use super::reader::{Checked, Reader};
use super::resource::malformed_variable;
use super::{Test, hint, operator};
use crate::condition::operand::{Comparison, Operand, Operator};
use crate::condition::value::{arn, base64, boolean, date, ip, number};
use crate::error::{Code, quoted};
use crate::json::{Member, Node, Value, repeated};
use crate::template::{self, Wildcards, has_variable};
use crate::text::fold;

impl Reader<'_> {
    pub(super) fn condition(&mut self, node: &Node<'_>) -> Checked<Vec<Test>> {
        let Value::Object(operators) = &node.value else {
            return Err(self.mismatch(node, "an object of condition operators"));
        };
        let mut tests = Vec::new();
        let mut refused = None;
        for member in self.members(operators).collect::<Vec<_>>() {
            if let Err(reported) = self.operator_object(member, &mut tests) {
                refused = Some(reported);
            }
        }
        refused.map_or(Ok(tests), Err)
    }

    fn operator_object(&mut self, member: &Member<'_>, tests: &mut Vec<Test>) -> Checked<()> {
        let operator = self.operator(member)?;
        let Value::Object(keys) = &member.value.value else {
            return Err(self.mismatch(&member.value, "an object of condition keys"));
        };
        let keys: Vec<&Member<'_>> = self.members(keys).collect();
        self.check_repeated_keys(&keys);
        let mut refused = None;
        for key in keys {
            let checked = self.check_key(key);
            match (checked, self.values(operator, &key.value)) {
                (Ok(()), Ok(values)) => tests.push(Test { operator, key: key.name.clone().into_owned(), values }),
                (Err(reported), _) | (_, Err(reported)) => refused = Some(reported),
            }
        }
        refused.map_or(Ok(()), Err)
    }

    fn operator(&mut self, member: &Member<'_>) -> Checked<Operator> {
        let name = member.name.as_ref();
        operator::parse(name).map_err(|code| {
            self.report(code, member.name_start, || match code {
                Code::NULL_WITH_IFEXISTS => "`Null` asks whether a key exists: leave out `IfExists`".to_owned(),
                Code::NULL_WITH_QUALIFIER => "`Null` takes neither `ForAllValues:` nor `ForAnyValue:`".to_owned(),
                _ => {
                    let hint = hint::closest(name, operator::names().iter().map(String::as_str));
                    format!("unknown condition operator {}{hint}", quoted(name))
                }
            })
        })
    }

    /// Keys of one operator that are equal under fold (G-04).
    fn check_repeated_keys(&mut self, keys: &[&Member<'_>]) {
        if keys.len() < 2 {
            return;
        }
        let folded: Vec<_> = keys.iter().map(|key| (fold(&key.name), *key)).collect();
        repeated(
            &folded,
            |(folded, _)| folded,
            |(_, key)| {
                self.report(Code::DUPLICATE_CONDITION_KEY, key.name_start, || {
                    format!("the key {} is given twice for one operator, case aside", quoted(&key.name))
                });
            },
        );
    }

    /// G-34 in the order of B-07.
    fn check_key(&mut self, member: &Member<'_>) -> Checked<()> {
        let key = member.name.as_ref();
        if !is_key(key) {
            return Err(self.report(Code::INVALID_CONDITION_KEY, member.name_start, || {
                format!("condition key {}: expected `prefix:name` of 3 to 256 characters without spaces", quoted(key))
            }));
        }
        if key.ends_with('/') {
            return Err(self.report(Code::MISSING_TAG_KEY, member.name_start, || {
                format!("condition key {}: expected a tag key after the `/`", quoted(key))
            }));
        }
        Ok(())
    }

    fn values(&mut self, operator: Operator, node: &Node<'_>) -> Checked<Vec<Operand>> {
        let values = self.list(node, |reader, node| reader.value(operator.comparison, node))?;
        let is_true = |value: &Operand| *value == Operand::Bool(true);
        let is_false = |value: &Operand| *value == Operand::Bool(false);
        if values.iter().any(is_true) && values.iter().any(is_false) {
            return Err(self.report(Code::MULTIPLE_BOOLEAN, node.span.start, || {
                "both `true` and `false`: the test needs one of them".to_owned()
            }));
        }
        Ok(values)
    }

    fn value(&mut self, comparison: Comparison, node: &Node<'_>) -> Checked<Operand> {
        let text = match &node.value {
            Value::String(text) => text.as_ref(),
            Value::Number(lexeme) => lexeme,
            Value::Bool(true) => "true",
            Value::Bool(false) => "false",
            Value::Null | Value::Object(_) | Value::Array(_) => {
                return Err(self.mismatch(node, "a string, number or boolean"));
            }
        };
        self.operand(comparison, text).map_err(|(code, expected)| {
            self.report(code, node.span.start, || format!("value {}: {expected}", quoted(text)))
        })
    }

    /// A value of the operator's type (G-35, B-08).
    fn operand(&self, comparison: Comparison, text: &str) -> Result<Operand, (Code, &'static str)> {
        use Comparison as C;
        let template = |wildcards| {
            let parsed = template::parse(text, wildcards, self.variables).map(Operand::Text);
            parsed.map_err(|error| (error.code, malformed_variable(error.code)))
        };
        match comparison {
            C::StringEquals | C::StringEqualsIgnoreCase => return template(Wildcards::Literal),
            C::StringLike => return template(Wildcards::Wild),
            C::ArnLike => {
                return arn::parse_operand(text, self.variables).map(Operand::Arn).map_err(|error| match error {
                    arn::OperandError::NotArn => {
                        (error.code(), "expected an ARN pattern of six parts, `*` or a variable")
                    }
                    arn::OperandError::Variable(error) => (error.code, malformed_variable(error.code)),
                });
            }
            _ => {}
        }
        if has_variable(text, self.variables) {
            let expected = "variables are supported by String and Arn operators only";
            return Err((Code::INVALID_VARIABLE_FOR_OPERATOR, expected));
        }
        let (operand, code, expected) = match comparison {
            C::Bool | C::Null => {
                (boolean::parse(text).map(Operand::Bool), Code::TYPE_MISMATCH_BOOLEAN, "expected `true` or `false`")
            }
            C::BinaryEquals => {
                (base64::parse(text).map(Operand::Bytes), Code::TYPE_MISMATCH_BASE64, "expected padded base64")
            }
            C::IpAddress => {
                let network = ip::parse_network(text).map(Operand::Network);
                (network, Code::TYPE_MISMATCH_IP, "expected an address or range such as `203.0.113.0/24`")
            }
            C::DateEquals | C::DateLessThan | C::DateLessThanEquals | C::DateGreaterThan | C::DateGreaterThanEquals => {
                let date = date::parse(text).map(Operand::Date);
                (date, Code::TYPE_MISMATCH_DATE, "expected a date such as `2024-03-01T00:00:00Z` or epoch seconds")
            }
            _ => {
                let number = number::parse(text).map(Operand::Number);
                (number, Code::TYPE_MISMATCH_NUMBER, "expected a number such as `10` or `1.5`")
            }
        };
        operand.ok_or((code, expected))
    }
}

/// B-07 without the rule about tag keys.
fn is_key(key: &str) -> bool {
    const LENGTH: std::ops::RangeInclusive<usize> = 3..=256;
    let length = key.chars().take(LENGTH.end() + 1).count();
    let before_slash = key.split_once('/').map_or(key, |(before, _)| before);
    LENGTH.contains(&length)
        && !key.chars().any(char::is_control)
        && key.rsplit_once(':').is_some_and(|(prefix, name)| !prefix.is_empty() && !name.is_empty())
        && !before_slash.contains([' ', '\t', '\n', '\r'])
}
