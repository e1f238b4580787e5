//! Values of `Resource` and `NotResource` (G-25…29, B-06).

use super::action::is_run_of;
use super::reader::{Checked, Reader};
use super::{PolicyKind, ResourceValue};
use crate::error::{Code, quoted};
use crate::json::Node;
use crate::pattern;
use crate::template::{self, Segments, Wildcards};

/// What the sixth segment of an IAM ARN begins with (G-29).
const IAM_PATHS: [&str; 16] = [
    "user/",
    "group/",
    "role/",
    "policy/",
    "instance-profile/",
    "mfa/",
    "u2f/",
    "sms-mfa/",
    "server-certificate/",
    "saml-provider/",
    "oidc-provider/",
    "federated-user/",
    "assumed-role/",
    "report/",
    "access-report/",
    "delegation-request/",
];

/// What is wrong with a value.
type Wrong = (Code, &'static str);

impl Reader<'_> {
    pub(super) fn resource(&mut self, node: &Node<'_>) -> Checked<ResourceValue> {
        let text = self.string(node)?;
        self.read_resource(text).map_err(|(code, expected)| {
            self.report(code, node.span.start, || format!("resource {}: {expected}", quoted(text)))
        })
    }

    fn read_resource(&self, text: &str) -> Result<ResourceValue, Wrong> {
        if text == "*" {
            return Ok(ResourceValue::Any);
        }
        let mut present = 0;
        let mut segments = ["*"; 6]; // what is missing is filled with `*` (G-28)
        for (place, segment) in segments.iter_mut().zip(Segments::new(text, self.variables)) {
            *place = segment;
            present += 1;
        }
        let [arn, _, service, .., resource] = segments;
        if arn != "arn" {
            return Err((Code::RESOURCE_NOT_ARN, "expected an ARN or `*`"));
        }
        self.check_segments(&segments, present)?;
        if present < 6 && (self.kind == PolicyKind::Rcp || !text.ends_with('*')) {
            return Err((Code::MISSING_ARN_FIELD, "expected `arn:partition:service:region:account:resource`"));
        }
        if service == "iam" && !is_iam_resource(resource) {
            let expected = "expected `*`, `root`, `user/`, `role/`, `policy/` or the like after the account";
            return Err((Code::IAM_RESOURCE_PATH, expected));
        }
        let variable = template::has_variable(resource, self.variables);
        let resource = variable.then(|| template::parse(resource, Wildcards::Wild, self.variables)).transpose();
        let resource = resource.map_err(|error| (error.code, malformed_variable(error.code)))?;
        Ok(ResourceValue::Arn { colons: colons(&segments), text: segments.join(":"), resource })
    }

    /// G-26, in the order of the segments; those that a short ARN leaves out are not looked at.
    fn check_segments(&self, segments: &[&str; 6], present: usize) -> Result<(), Wrong> {
        let [_, partition, service, region, account, resource] = *segments;
        let check = |number: usize, segment: &str, is_legal: bool, wrong: Wrong| {
            if number > present {
                Ok(())
            } else if number < 6 && template::has_variable(segment, self.variables) {
                let message = "variables stand in the last part of an ARN alone";
                Err((Code::VARIABLE_UNSUPPORTED_IN_ELEMENT, message))
            } else if is_legal {
                Ok(())
            } else {
                Err(wrong)
            }
        };
        let partition_wrong = (Code::INVALID_PARTITION, "expected a known partition, such as `aws`, as second part");
        check(2, partition, self.is_partition(partition), partition_wrong)?;
        let service_wrong = (Code::RESOURCE_SERVICE_WILDCARD, "expected a service without wildcards as third part");
        check(3, service, is_run_of(service, b".-"), service_wrong)?;
        let optional = |segment: &str| segment.is_empty() || is_run_of(segment, b"*?-");
        let region_wrong = (Code::INVALID_ARN_SEGMENT, "expected a region, a pattern or nothing as fourth part");
        check(4, region, optional(region), region_wrong)?;
        let account_wrong = (Code::INVALID_ARN_SEGMENT, "expected an account, a pattern or nothing as fifth part");
        check(5, account, optional(account), account_wrong)?;
        let resource_wrong = (Code::MISSING_ARN_RESOURCE, "expected a resource after the fifth colon");
        check(6, resource, !resource.is_empty(), resource_wrong)?;
        let is_regional = match service {
            "iam" => false,
            "s3" => resource.starts_with("accesspoint/"),
            _ => true,
        };
        let region_wrong = (Code::ARN_REGION_NOT_ALLOWED, "ARNs of this service have no region: leave it empty");
        check(4, "", is_regional || region.is_empty(), region_wrong)
    }

    /// A glob that matches a known partition.
    fn is_partition(&self, text: &str) -> bool {
        is_run_of(text, b"*?-")
            && (self.registry.knows_partition(text)
                || self.registry.partitions().any(|partition| pattern::matches(text, partition)))
    }
}

/// G-29.
fn is_iam_resource(resource: &str) -> bool {
    matches!(resource, "*" | "root") || IAM_PATHS.iter().any(|path| resource.starts_with(path))
}

/// Offsets of the colons that end segments 1 to 5 of the joined text.
fn colons(segments: &[&str; 6]) -> [u32; 5] {
    let mut colons = [0; 5];
    let mut end = 0;
    for (colon, segment) in colons.iter_mut().zip(segments) {
        end += segment.len();
        *colon = u32::try_from(end).unwrap_or(u32::MAX);
        end += 1;
    }
    colons
}

pub(super) fn malformed_variable(code: Code) -> &'static str {
    match code {
        Code::MISSING_BRACE_IN_VARIABLE => "a variable ends with `}`",
        Code::EMPTY_VARIABLE => "a variable names a context key, as in `${aws:username}`",
        Code::UNSUPPORTED_SPACE_IN_VARIABLE => "a variable has one space, after its comma: `${aws:username, 'nobody'}`",
        Code::MISSING_QUOTE_IN_VARIABLE => "the default of a variable stands in quotes: `${aws:username, 'nobody'}`",
        _ => "a variable holds a context key with a colon, as in `${aws:username}`; write `${$}` for `$`",
    }
}
