//! Base64 (C-11).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of RFC 4648 section 4 text: padding is required, the bits it leaves over are zero.
#[must_use]
pub fn parse(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_required_and_canonical() {
        assert_eq!(parse("QmluYXJ5VmFsdWVJbkJhc2U2NA==").as_deref(), Some(b"BinaryValueInBase64".as_slice()));
        assert_eq!(parse("").as_deref(), Some(b"".as_slice()));
        assert_eq!(parse("+/+/").as_deref(), Some([0xFB, 0xFF, 0xBF].as_slice()));
        for text in ["QQ", "QQ=", "QR==", "QUJ=", "QQ==\n", " QQ==", "Q-_=", "Q===", "QQ==QQ==", "====", "=", "QUI"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
