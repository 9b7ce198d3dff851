//! Addresses of our own pages, with every value escaped.

/// `?a=b&c=d` of the pairs whose value is not empty; a lone `?` if there are none, which leads to the page without a query.
#[must_use]
pub fn query(pairs: &[(&str, &str)]) -> String {
    let named = pairs.iter().filter(|(_, value)| !value.is_empty());
    let parts: Vec<_> = named.map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    format!("?{}", parts.join("&"))
}

/// An address of ours, with or without a query, and these pairs as well.
#[must_use]
pub fn also(href: &str, pairs: &[(&str, &str)]) -> String {
    let more = query(pairs);
    match href.split_once('?') {
        None => format!("{href}{more}"),
        Some((_, "")) => format!("{href}{}", &more[1..]),
        Some(_) => format!("{href}&{}", &more[1..]),
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_break_out_of_its_parameter() {
        assert_eq!(query(&[("q", "a&b=\"é"), ("level", ""), ("sort", "-name")]), "?q=a%26b%3D%22%C3%A9&sort=-name");
        assert_eq!(query(&[("q", "")]), "?");
    }

    #[test]
    fn pairs_are_added_to_what_an_address_asks_already() {
        let of = |href| also(href, &[("chart", "held"), ("format", "csv")]);
        assert_eq!(of("/clients/7"), "/clients/7?chart=held&format=csv");
        assert_eq!(of("/?"), "/?chart=held&format=csv");
        assert_eq!(of("/?q=a"), "/?q=a&chart=held&format=csv");
    }
}
