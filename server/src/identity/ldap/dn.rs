//! Distinguished names (RFC 4514), in one form for comparison.

use std::str::Chars;

/// Types and values in lower case, single blanks within and none around, escapes only where they are needed. None if it is no DN.
pub(super) fn normal(dn: &str) -> Option<String> {
    let (mut normal, mut chars) = (String::new(), dn.chars());
    loop {
        let mut is_named = false;
        let kind: String = chars
            .by_ref()
            .take_while(|c| {
                is_named = *c == '=';
                !is_named
            })
            .collect();
        let kind = kind.trim();
        if !is_named || kind.is_empty() || !kind.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)) {
            return None;
        }
        let (value, end) = value(&mut chars)?;
        normal.push_str(&kind.to_ascii_lowercase());
        normal.push('=');
        normal.push_str(&value);
        match end {
            Some(end) => normal.push(end),
            None => return Some(normal),
        }
    }
}

/// The value that comes next, and what ended it.
fn value(chars: &mut Chars<'_>) -> Option<(String, Option<char>)> {
    let mut bytes = Vec::new();
    // How many bytes there are without the blanks at the end that nothing protects.
    let mut solid = 0;
    let mut end = None;
    while let Some(c) = chars.next() {
        match c {
            ',' | ';' => end = Some(','),
            '+' => end = Some('+'),
            ' ' if bytes.is_empty() => {}
            ' ' => bytes.push(b' '),
            '\\' => {
                escaped(chars, &mut bytes)?;
                solid = bytes.len();
            }
            other => {
                bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                solid = bytes.len();
            }
        }
        if end.is_some() {
            break;
        }
    }
    bytes.truncate(solid);
    Some((folded(&String::from_utf8(bytes).ok()?), end))
}

/// What stands behind a backslash: two digits of a byte, or one character.
fn escaped(chars: &mut Chars<'_>, bytes: &mut Vec<u8>) -> Option<()> {
    let first = chars.next()?;
    match first.to_digit(16) {
        Some(high) => {
            let low = chars.next()?.to_digit(16)?;
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        }
        None => bytes.extend_from_slice(first.encode_utf8(&mut [0; 4]).as_bytes()),
    }
    Some(())
}

fn folded(value: &str) -> String {
    let words: Vec<&str> = value.split_whitespace().collect();
    let mut folded = String::new();
    for c in words.join(" ").to_lowercase().chars() {
        if ['\\', ',', ';', '+', '='].contains(&c) {
            folded.push('\\');
        }
        folded.push(c);
    }
    folded
}

#[cfg(test)]
mod tests {
    use ldap3::dn_escape;

    use super::*;

    #[test]
    fn the_same_name_written_in_other_ways_is_the_same() {
        let one = normal("cn=o\\2c x,ou=it,dc=corp,dc=example");
        assert_eq!(one.as_deref(), Some("cn=o\\, x,ou=it,dc=corp,dc=example"));
        for same in [
            "CN=O\\, X,OU=IT,DC=Corp,DC=Example",
            "cn = o\\,  x , ou=it ; dc=corp , dc=example",
            "cn=\\6f\\,\\20x,ou=it,dc=corp,dc=example",
        ] {
            assert_eq!(normal(same), one, "{same}");
        }
        assert_eq!(normal("cn=\\C3\\89t\\c3\\a9"), normal("CN=ÉTÉ"));
        assert_ne!(normal("cn=a,ou=b"), normal("cn=a\\,ou\\=b"));
        assert_ne!(normal("cn=a+ou=b"), normal("cn=a,ou=b"));
    }

    #[test]
    fn what_is_no_name_is_none() {
        for odd in ["", "admins", "=x", "cn=a,", "cn=a,b", "cn=a\\", "cn=a\\4", "cn=\\ff", "c n=a", "cn=a,,ou=b"] {
            assert_eq!(normal(odd), None, "{odd}");
        }
    }

    #[test]
    fn what_was_escaped_is_one_value_whatever_it_was() {
        for hostile in ["x,dc=evil", "x+uid=admin", " x ", "#x", "a\\2c", "\"x\"", "a=b;c", "é, è"] {
            let dn = normal(&format!("uid={},dc=corp", dn_escape(hostile))).unwrap();
            assert_eq!(normal(&dn).as_deref(), Some(dn.as_str()), "it is as normal as it gets");
            let commas = dn.replace("\\\\", "").replace("\\,", "").matches(',').count();
            assert_eq!((commas, dn.ends_with(",dc=corp")), (1, true), "{hostile}: {dn}");
        }
    }
}
