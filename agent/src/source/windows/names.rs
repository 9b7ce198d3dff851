//! Names as the server has them → as they travel.

use std::net::IpAddr;

use highwater_wire::MAX_NAME_BYTES;

/// A client: an address without brackets and zone, or a name without the backslashes that `net session` shows.
#[must_use]
pub fn client(told: &str) -> String {
    let bare = told.trim().trim_start_matches('\\');
    let inner = bare.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(bare);
    let address = inner.split_once('%').map_or(inner, |(address, _)| address);
    match address.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => cut(bare),
    }
}

#[must_use]
pub fn user(told: &str) -> String {
    cut(told.trim())
}

fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(MAX_NAME_BYTES)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_named_the_same_however_it_is_told() {
        for (told, name) in [
            (r"\\10.1.10.30", "10.1.10.30"),
            ("10.1.10.30", "10.1.10.30"),
            ("[2001:DB8::7]", "2001:db8::7"),
            ("[fe80::1%12]", "fe80::1"),
            ("::ffff:10.0.0.7", "10.0.0.7"),
            (r"\\SCANNER-3F", "SCANNER-3F"),
            ("", ""),
            ("[not an address]", "[not an address]"),
            ("50%off", "50%off"),
        ] {
            assert_eq!(client(told), name, "{told}");
        }
        assert!(client(&"é".repeat(5_000)).len() <= MAX_NAME_BYTES);
        assert_eq!(user(" ann "), "ann");
    }
}
