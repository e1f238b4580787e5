//! From a byte offset to line, column and JSON pointer (B-02, B-03).

use crate::json::decode;

/// What the pointer of an error names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The value that starts at the offset or has it inside; the member whose name starts there.
    Value,
    /// The innermost object or array around the offset.
    Enclosing,
    /// The document.
    Document,
}

/// Line and column, from 1, of a byte offset; only LF ends a line, columns count scalar values.
#[must_use]
pub fn position(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let lines = memchr::memchr_iter(b'\n', before.as_bytes()).count();
    let line_start = memchr::memrchr(b'\n', before.as_bytes()).map_or(0, |at| at + 1);
    let columns = before.get(line_start..).unwrap_or_default().chars().count();
    (number(lines + 1), number(columns + 1))
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A container that is open at the offset.
struct Open<'t> {
    /// The member it is in, as written between the quotes; `None` for an array.
    name: Option<&'t str>,
    index: usize,
    expects_name: bool,
}

/// RFC 6901 pointer of an offset, before which the text is well-formed JSON.
pub(super) fn pointer(text: &str, offset: usize, place: Place) -> String {
    let mut open = match place {
        Place::Document => Vec::new(),
        Place::Value | Place::Enclosing => containers(text, offset),
    };
    if place == Place::Enclosing {
        open.pop();
    }
    let mut pointer = String::new();
    for container in open {
        pointer.push('/');
        match container.name {
            Some(name) => pointer.push_str(&decode(name).replace('~', "~0").replace('/', "~1")),
            None => pointer.push_str(&container.index.to_string()),
        }
    }
    pointer
}

fn containers(text: &str, offset: usize) -> Vec<Open<'_>> {
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut at = 0;
    while let Some(&byte) = text.as_bytes().get(at).filter(|_| at <= offset) {
        // A bracket at the offset is the value's own; a name at the offset belongs to the pointer.
        match byte {
            b'"' => {
                let end = string_end(text.as_bytes(), at);
                if let Some(object) = open.last_mut().filter(|container| container.expects_name) {
                    object.name = text.get(at + 1..end);
                    object.expects_name = false;
                }
                at = end;
            }
            _ if at == offset => break,
            b'{' => open.push(Open { name: Some(""), index: 0, expects_name: true }),
            b'[' => open.push(Open { name: None, index: 0, expects_name: false }),
            b'}' | b']' => drop(open.pop()),
            b',' => {
                if let Some(container) = open.last_mut() {
                    container.index += 1;
                    container.expects_name = container.name.is_some();
                }
            }
            _ => {}
        }
        at += 1;
    }
    open
}

/// Offset of the quote that ends the string which starts at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            None | Some(b'"') => return at,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_scalars_and_only_a_line_feed_ends_a_line() {
        assert_eq!(position("é\r\u{2028}x", 6), (1, 4));
        assert_eq!(position("a\n\nbc", 4), (3, 2));
        assert_eq!(position("", 0), (1, 1));
    }

    #[test]
    fn pointers_name_values_members_and_containers() {
        let text = r#"{"a/b": [1, {"~\u0063": "x,y"}], "d": {}}"#;
        let at = |needle: &str| text.find(needle).unwrap();
        assert_eq!(pointer(text, at("1"), Place::Value), "/a~1b/0");
        assert_eq!(pointer(text, at("\"x"), Place::Value), "/a~1b/1/~0c");
        assert_eq!(pointer(text, at("y\""), Place::Value), "/a~1b/1/~0c");
        assert_eq!(pointer(text, at("\"~"), Place::Value), "/a~1b/1/~0c");
        assert_eq!(pointer(text, at("\"~"), Place::Enclosing), "/a~1b/1");
        assert_eq!(pointer(text, at("{}"), Place::Value), "/d");
        assert_eq!(pointer(text, 0, Place::Value), "");
        assert_eq!(pointer(text, at("1"), Place::Document), "");
    }
}
