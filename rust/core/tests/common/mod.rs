//! Random policies and requests drawn from the same few words, so that they meet.
#![allow(dead_code, unreachable_pub, missing_docs, reason = "shared by test crates")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice, reason = "tests may panic")]

/// A small generator: the same seed gives the same policies.
pub struct Draw(u64);

impl Draw {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

pub const ACCOUNT: &str = "111122223333";

pub fn action(draw: &mut Draw) -> String {
    let names = ["Get", "GetObject", "Put", "PutObject", "List", "Delete", "GetObjectTagging"];
    format!("{}:{}", draw.of(&["s3", "ec2", "app"]), draw.of(&names))
}

pub fn action_pattern(draw: &mut Draw) -> String {
    match draw.below(10) {
        0 => "*".to_owned(),
        1 => format!("{}:*", draw.of(&["s3", "ec2", "s*", "?3"])),
        2 => format!("{}:{}", draw.of(&["s3", "S3", "app"]), draw.of(&["Get*", "*Object", "?et*", "Put*ing", "*t*"])),
        _ => action(draw),
    }
}

pub fn resource(draw: &mut Draw) -> String {
    if draw.chance(5) {
        return "*".to_owned();
    }
    let bucket = format!("{}-{}", draw.of(&["logs", "home", "backup"]), draw.below(30));
    match draw.below(4) {
        0 => format!("arn:aws:s3:::{bucket}"),
        1 => {
            format!("arn:aws:s3:::{bucket}/{}/{}", draw.of(&["ann", "bob", "a/b"]), draw.of(&["x", "y.csv", "secret"]))
        }
        2 => format!("arn:aws:ec2:eu-west-{}:{ACCOUNT}:instance/i-{}", draw.below(3), draw.below(30)),
        _ => format!("arn:aws:app:eu-west-1:{ACCOUNT}:{bucket}:{}:z", draw.of(&[ACCOUNT, "q"])),
    }
}

pub fn resource_pattern(draw: &mut Draw) -> String {
    let text = resource(draw);
    if text == "*" {
        return text;
    }
    // Where the sixth segment starts: the others keep their form (G-26).
    let sixth = text.match_indices(':').nth(4).unwrap().0 + 1;
    match draw.below(9) {
        0 | 1 => text,
        2 => format!("{}*", &text[..text.len() - draw.below(text.len() - sixth)]),
        3 => {
            let start = sixth + draw.below(text.len() - sixth);
            let end = start + draw.below(text.len() - start + 1);
            format!("{}*{}", &text[..start], &text[end..])
        }
        4 => text.replace(ACCOUNT, "*"),
        5 => text.replace("eu-west-1", "*").replace("eu-west-2", "eu-*"),
        6 => format!("arn:aws:s3:::*{}*", draw.of(&["ann", "backup-1", "secret", "e-2", "o"])),
        7 => format!("arn:aws:s3:::home-{}/${{aws:username}}/*", draw.below(30)),
        _ => {
            let at = text.len() - 1 - draw.below(text.len() - sixth);
            format!("{}?{}", &text[..at], &text[at + 1..])
        }
    }
}

pub fn condition(draw: &mut Draw) -> String {
    match draw.below(8) {
        0 => r#","Condition":{"StringEquals":{"app:team":["red","blue"]}}"#.to_owned(),
        1 => r#","Condition":{"NumericLessThan":{"app:size":"10"}}"#.to_owned(),
        2 => r#","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#.to_owned(),
        _ => String::new(),
    }
}

fn quoted(values: &[String]) -> String {
    let all: Vec<String> = values.iter().map(|value| format!("\"{value}\"")).collect();
    format!("[{}]", all.join(","))
}

pub fn several(draw: &mut Draw, one: fn(&mut Draw) -> String) -> String {
    let count = 1 + draw.below(2) * draw.below(4);
    quoted(&(0..count).map(|_| one(draw)).collect::<Vec<_>>())
}

pub fn principal_value(draw: &mut Draw) -> String {
    match draw.below(6) {
        0 => r#""*""#.to_owned(),
        1 => format!(r#"{{"AWS":"{ACCOUNT}"}}"#),
        2 => r#"{"Service":"app.amazonaws.com"}"#.to_owned(),
        _ => format!(r#"{{"AWS":["{}"]}}"#, user(draw)),
    }
}

pub fn user(draw: &mut Draw) -> String {
    format!("arn:aws:iam::{ACCOUNT}:user/u{}", draw.below(6))
}

/// A statement; `with_principal` for resource policies.
pub fn statement(draw: &mut Draw, with_principal: bool) -> String {
    let effect = if draw.chance(20) { "Deny" } else { "Allow" };
    let action = if draw.chance(8) { "NotAction" } else { "Action" };
    let resource = if draw.chance(8) { "NotResource" } else { "Resource" };
    let principal = if with_principal { format!(r#""Principal":{},"#, principal_value(draw)) } else { String::new() };
    format!(
        r#"{{{principal}"Effect":"{effect}","{action}":{},"{resource}":{}{}}}"#,
        several(draw, action_pattern),
        several(draw, resource_pattern),
        condition(draw)
    )
}

pub fn document(draw: &mut Draw, statements: usize, with_principal: bool) -> String {
    let all: Vec<String> = (0..statements).map(|_| statement(draw, with_principal)).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, all.join(","))
}

pub fn context(draw: &mut Draw) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut all = Vec::new();
    if draw.chance(60) {
        all.push((
            "aws:username",
            match draw.below(4) {
                0 => vec!["ann", "bob"],
                1 => vec!["*"],
                _ => vec!["ann"],
            },
        ));
    }
    if draw.chance(50) {
        all.push(("app:Team", vec![["red", "green"][draw.below(2)]]));
    }
    if draw.chance(50) {
        all.push(("app:size", vec![["5", "50", "big"][draw.below(3)]]));
    }
    all
}
