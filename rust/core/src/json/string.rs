//! JSON strings: raw scalars and escapes (G-02, B-03).

use super::reader::{Ended, Reader};
use crate::error::{Code, Place};
use std::borrow::Cow;

/// What one escape stands for.
enum Escape {
    Scalar(char),
    /// A surrogate without its partner.
    Lone,
}

/// ASCII that stands for itself inside a string.
fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x20..=0x7F) && byte != b'"' && byte != b'\\'
}

impl<'t> Reader<'t> {
    /// Reads a string from its opening quote to after its closing one. `place` is what faults inside it are about.
    pub(super) fn string(&mut self, place: Place) -> Result<Cow<'t, str>, Ended> {
        self.string_start = Some(self.at);
        self.at += 1;
        let mut start = self.at;
        let mut decoded: Option<String> = None;
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            self.at += rest.iter().position(|&byte| !is_plain(byte)).unwrap_or(rest.len());
            let Some(c) = self.peek() else {
                return Err(self.syntax("string without its closing quote"));
            };
            match c {
                '"' => {
                    let run = self.text.get(start..self.at).unwrap_or_default();
                    self.at += 1;
                    self.string_start = None;
                    return Ok(match decoded {
                        None => Cow::Borrowed(run),
                        Some(text) => Cow::Owned(text + run),
                    });
                }
                '\\' => {
                    let run = self.text.get(start..self.at).unwrap_or_default();
                    let escape = self.escape(place)?;
                    let text = decoded.get_or_insert_default();
                    text.push_str(run);
                    text.push(escape);
                    start = self.at;
                }
                c => self.raw(c, place)?,
            }
        }
    }

    /// A raw scalar that is no plain ASCII.
    fn raw(&mut self, c: char, place: Place) -> Result<(), Ended> {
        if !self.characters.allow(c) {
            self.bad_character(c, place);
        } else if c < ' ' {
            let name = match c {
                '\t' => "tab (write `\\t`)",
                '\n' => "line break (write `\\n`)",
                _ => "control character (write it as `\\u00XX`)",
            };
            return Err(self.syntax(&format!("raw {name} in a string")));
        }
        self.at += c.len_utf8();
        Ok(())
    }

    /// Reads an escape, from the backslash on.
    fn escape(&mut self, place: Place) -> Result<char, Ended> {
        let backslash = self.at;
        self.at += 1;
        let c = match self.escaped(place)? {
            Escape::Scalar(c) if self.characters.allow(c) => return Ok(c),
            Escape::Scalar(c) => Some(c),
            Escape::Lone => None,
        };
        let message = match (c, self.characters) {
            (Some(c), _) => {
                format!("the escape stands for U+{:04X}; a policy holds tab, LF, CR and U+0020 to U+00FF", u32::from(c))
            }
            (None, _) => "the escape is half of a surrogate pair".to_owned(),
        };
        self.fault(Code::INVALID_CHARACTER, backslash, place, message);
        Ok(c.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn escaped(&mut self, place: Place) -> Result<Escape, Ended> {
        let c = match self.peek() {
            Some('"') => '"',
            Some('\\') => '\\',
            Some('/') => '/',
            Some('b') => '\u{8}',
            Some('f') => '\u{C}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => {
                self.at += 1;
                return self.unicode_escape(place);
            }
            _ => return Err(self.unexpected("one of `\"\\/bfnrtu` after the backslash", place)),
        };
        self.at += 1;
        Ok(Escape::Scalar(c))
    }

    /// The four digits of `\uXXXX`, and the second half if they are the first of a surrogate pair.
    fn unicode_escape(&mut self, place: Place) -> Result<Escape, Ended> {
        let mut unit: u32 = 0;
        for _ in 0..4 {
            let Some(digit) = self.peek().and_then(|c| c.to_digit(16)) else {
                return Err(self.unexpected("four hex digits after `\\u`", place));
            };
            unit = unit * 16 + digit;
            self.at += 1;
        }
        if let Some(c) = char::from_u32(unit) {
            return Ok(Escape::Scalar(c));
        }
        let low = self.low_surrogate().filter(|_| (0xD800..0xDC00).contains(&unit));
        let joined = low.and_then(|low| char::from_u32(0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00)));
        if joined.is_some() {
            self.at += 6;
        }
        Ok(joined.map_or(Escape::Lone, Escape::Scalar))
    }

    /// The unit of a `\uDC00` to `\uDFFF` that comes next.
    fn low_surrogate(&self) -> Option<u32> {
        unit(self.text.get(self.at..)?).filter(|unit| (0xDC00..0xE000).contains(unit))
    }
}

/// The unit of a `\uXXXX` at the start of a text.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok()).flatten()
}

/// What stands between the quotes of a JSON string, decoded; for text that was read before.
#[must_use]
pub fn decode(raw: &str) -> Cow<'_, str> {
    if !raw.contains('\\') {
        return Cow::Borrowed(raw);
    }
    let quoted = format!("\"{raw}\"");
    // In policies an illegal scalar is a fault and reading goes on, so nothing that was read before fails here.
    let decoded = Reader::new(&quoted, super::Limits::POLICY).string(Place::Document);
    Cow::Owned(decoded.map_or_else(|_| raw.to_owned(), Cow::into_owned))
}
