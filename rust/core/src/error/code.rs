//! The error codes of the grammar and the rules they belong to.

/// Name of a broken rule; ordered by rule number, then as the rule names its codes (B-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    rule: u8,
    turn: u8,
    name: &'static str,
}

impl Code {
    /// Upper snake case.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }
}

/// One constant per code: its rule, its turn inside the rule.
macro_rules! codes {
    ($($rule:literal: $($name:ident),+;)+) => {
        #[allow(missing_docs)]
        impl Code {
            $(codes!(@rule $rule, 0, $($name),+);)+
        }
    };
    (@rule $rule:literal, $turn:expr, $name:ident $(, $rest:ident)*) => {
        pub const $name: Self = Self { rule: $rule, turn: $turn, name: stringify!($name) };
        codes!(@rest $rule, $turn + 1 $(, $rest)*);
    };
    (@rest $rule:literal, $turn:expr) => {};
    (@rest $rule:literal, $turn:expr, $name:ident $(, $rest:ident)*) => {
        codes!(@rule $rule, $turn, $name $(, $rest)*);
    };
}

codes! {
    1: INVALID_ENCODING;
    2: INVALID_CHARACTER;
    3: JSON_TOO_DEEP, JSON_SYNTAX_ERROR;
    4: DUPLICATE_KEY, DUPLICATE_CONDITION_KEY;
    5: INVALID_NUMBER_LEXEME, DATA_TYPE_MISMATCH;
    6: INVALID_POLICY_ELEMENT;
    7: INVALID_VERSION;
    9: MISSING_STATEMENT;
    10: MISSING_EFFECT, MISSING_PRINCIPAL, MISSING_ACTION, MISSING_RESOURCE, UNSUPPORTED_ELEMENT_COMBINATION,
        UNSUPPORTED_ELEMENT;
    11: UNSUPPORTED_SID, DUPLICATE_SID;
    12: INVALID_EFFECT;
    13: EMPTY_ARRAY;
    14: INVALID_PRINCIPAL_FORMAT, INVALID_PRINCIPAL_KEY, EMPTY_OBJECT;
    15: INVALID_PRINCIPAL, UNSUPPORTED_WILDCARD_IN_PRINCIPAL;
    17: FEDERATED_PRINCIPAL_NOT_SUPPORTED;
    18: NOTPRINCIPAL_WITH_ALLOW, TRUST_NOTPRINCIPAL;
    19: TRUST_WILDCARD_PRINCIPAL, MISMATCHED_ACTION_FOR_PRINCIPAL;
    20: ACTION_WITHOUT_PREFIX, ACTION_MANY_COLONS;
    21: INVALID_ACTION_PREFIX, INVALID_ACTION_NAME;
    23: TRUST_ACTION;
    24: RCP_ACTION;
    25: RESOURCE_NOT_ARN;
    26: INVALID_PARTITION, RESOURCE_SERVICE_WILDCARD, INVALID_ARN_SEGMENT, MISSING_ARN_RESOURCE,
        VARIABLE_UNSUPPORTED_IN_ELEMENT, ARN_REGION_NOT_ALLOWED;
    28: MISSING_ARN_FIELD;
    29: IAM_RESOURCE_PATH;
    31: RCP_EFFECT, RCP_PRINCIPAL;
    33: INVALID_CONDITION_OPERATOR, NULL_WITH_IFEXISTS, NULL_WITH_QUALIFIER;
    34: INVALID_CONDITION_KEY, MISSING_TAG_KEY;
    35: TYPE_MISMATCH_NUMBER, TYPE_MISMATCH_DATE, TYPE_MISMATCH_BOOLEAN, TYPE_MISMATCH_IP, TYPE_MISMATCH_BASE64,
        TYPE_MISMATCH_ARN, INVALID_VARIABLE_FOR_OPERATOR;
    36: MULTIPLE_BOOLEAN;
    37: MISSING_BRACE_IN_VARIABLE, UNSUPPORTED_SPACE_IN_VARIABLE, EMPTY_VARIABLE, INVALID_VARIABLE,
        MISSING_QUOTE_IN_VARIABLE;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_ordered_by_rule_and_then_as_the_rule_names_them() {
        assert!(Code::INVALID_CHARACTER < Code::JSON_SYNTAX_ERROR);
        assert!(Code::MISSING_EFFECT < Code::MISSING_PRINCIPAL);
        assert!(Code::MISSING_RESOURCE < Code::UNSUPPORTED_ELEMENT_COMBINATION);
        assert!(Code::UNSUPPORTED_ELEMENT < Code::NOTPRINCIPAL_WITH_ALLOW);
        assert_eq!(Code::MULTIPLE_BOOLEAN.name(), "MULTIPLE_BOOLEAN");
    }
}
