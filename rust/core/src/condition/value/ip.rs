//! Addresses and ranges (C-11, R-27).

use crate::condition::operand::Network;
use std::net::IpAddr;

/// One address, without a prefix; a mapped IPv6 address is the IPv4 one.
///
/// The parser of the standard library takes just what C-11 allows: no zeros in front of an octet, no zone.
#[must_use]
pub fn parse_address(text: &str) -> Option<IpAddr> {
    Some(text.parse::<IpAddr>().ok()?.to_canonical())
}

/// An address or `ADDRESS/PREFIX`; host bits are masked.
#[must_use]
pub fn parse_network(text: &str) -> Option<Network> {
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => (address, Some(parse_prefix(prefix)?)),
        None => (text, None),
    };
    match address.parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => Network::v4(address.to_bits(), prefix.unwrap_or(32)),
        IpAddr::V6(address) => {
            let prefix = prefix.unwrap_or(128);
            match (address.to_ipv4_mapped(), prefix.checked_sub(96)) {
                (Some(mapped), Some(prefix)) => Network::v4(mapped.to_bits(), prefix),
                _ => Network::v6(address.to_bits(), prefix),
            }
        }
    }
}

/// Decimal without zeros in front.
fn parse_prefix(text: &str) -> Option<u8> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    plain.then(|| text.parse().ok()).flatten()
}

fn mask_v4(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0)
}

fn mask_v6(prefix: u8) -> u128 {
    u128::MAX.checked_shl(128 - u32::from(prefix.min(128))).unwrap_or(0)
}

impl Network {
    fn v4(address: u32, prefix: u8) -> Option<Self> {
        (prefix <= 32).then(|| Self::V4 { address: address & mask_v4(prefix), prefix })
    }

    fn v6(address: u128, prefix: u8) -> Option<Self> {
        (prefix <= 128).then(|| Self::V6 { address: address & mask_v6(prefix), prefix })
    }

    /// Whether an address of the same family lies in the range.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (*self, address.to_canonical()) {
            (Self::V4 { address: wanted, prefix }, IpAddr::V4(found)) => {
                (wanted ^ found.to_bits()) & mask_v4(prefix) == 0
            }
            (Self::V6 { address: wanted, prefix }, IpAddr::V6(found)) => {
                (wanted ^ found.to_bits()) & mask_v6(prefix) == 0
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_written_in_one_way() {
        for text in ["1.2.3.4", "::", "::1", "2001:DB8::1", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "64:ff9b::1.2.3.4"] {
            assert!(parse_address(text).is_some(), "{text}");
        }
        for text in [
            "",
            "1.2.3",
            "1.2.3.256",
            "01.2.3.4",
            "1.2.3.4 ",
            "1.2.3.4.5",
            "0x1.2.3.4",
            "1",
            "fe80::1%eth0",
            "1::2::3",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1::2:3:4:5:6:7:8",
            ":::",
            ":1:2:3:4:5:6:7",
            "12345::",
            "::1.2.3.04",
            "::1.2.3.4:1",
            "[::1]",
            "1.2.3.4/32",
            "::g",
        ] {
            assert_eq!(parse_address(text), None, "{text}");
        }
    }

    #[test]
    fn host_bits_are_masked_and_families_kept_apart() {
        for (network, address, expected) in [
            ("203.0.113.7/24", "203.0.113.200", true),
            ("203.0.113.7", "203.0.113.8", false),
            ("0.0.0.0/0", "255.255.255.255", true),
            ("0.0.0.0/0", "::1", false),
            ("::/0", "1.2.3.4", false),
            ("::/0", "::ffff:1.2.3.4", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("::ffff:10.0.0.0/104", "10.9.9.9", true),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("::ffff:0:0/96", "10.0.0.1", true),
            ("::ffff:0:0/95", "10.0.0.1", false),
            ("::1/128", "::1", true),
        ] {
            let found = parse_network(network).unwrap().contains(parse_address(address).unwrap());
            assert_eq!(found, expected, "{network} {address}");
        }
    }

    #[test]
    fn prefixes_are_plain_and_in_range() {
        for text in
            ["1.2.3.4/33", "1.2.3.4/", "1.2.3.4/08", "1.2.3.4/+8", "1.2.3.4/8/8", "::/129", "::ffff:1.2.3.4/256", "/8"]
        {
            assert_eq!(parse_network(text), None, "{text}");
        }
    }
}
