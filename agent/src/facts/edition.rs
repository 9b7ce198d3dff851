//! What Windows is called.

/// First build of Windows 11, whose registry says Windows 10.
const WINDOWS_11: u32 = 22_000;

/// The product's name as people know it.
#[must_use]
pub fn name(product: &str, build: u32) -> String {
    let product = product.trim();
    match product.strip_prefix("Windows 10") {
        Some(edition) if build >= WINDOWS_11 => format!("Windows 11{edition}"),
        _ if product.is_empty() => "Windows".to_owned(),
        _ => product.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn windows_11_is_called_so() {
        assert_eq!(name("Windows 10 Pro", 19_045), "Windows 10 Pro");
        assert_eq!(name("Windows 10 Pro", 26_100), "Windows 11 Pro");
        assert_eq!(name("Windows Server 2022 Standard", 20_348), "Windows Server 2022 Standard");
        assert_eq!(name("  ", 1), "Windows");
    }
}
