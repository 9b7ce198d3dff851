//! A text as a QR code, for a page: one path, in black on white whatever the theme, since cameras want it so.

use std::fmt::Write as _;

use qrcode::{Color, QrCode};

/// Empty places around the code, which a camera needs to find it.
const QUIET: usize = 4;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Qr {
    width: usize,
    /// One square for each dark place.
    pub path: String,
}

impl Qr {
    /// None if the text is too long for any code.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let code = QrCode::new(text).ok()?;
        let width = code.width();
        let mut path = String::new();
        for (y, row) in code.into_colors().chunks(width).enumerate() {
            for (x, _) in row.iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
                // Writing to a string does not fail.
                let _ = write!(path, "M{x} {y}h1v1h-1z");
            }
        }
        Some(Self { width, path })
    }

    /// With the empty places.
    #[must_use]
    pub fn view_box(&self) -> String {
        let whole = self.width + 2 * QUIET;
        format!("-{QUIET} -{QUIET} {whole} {whole}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_squares_on_a_grid_with_its_three_corners() {
        let qr = Qr::of("otpauth://totp/Highwater:ann?secret=GEZDGNBVGY3TQOJQ").unwrap();
        assert!(qr.width >= 21 && qr.path.starts_with("M0 0h1v1h-1zM1 0h1"), "{}", qr.path);
        let last = qr.width - 1;
        for corner in ["M0 0h".to_owned(), format!("M{last} 0h"), format!("M0 {last}h")] {
            assert!(qr.path.contains(&corner), "{corner}");
        }
        assert_eq!(qr.view_box(), format!("-4 -4 {0} {0}", qr.width + 8));
        assert_eq!(Qr::of(&"x".repeat(5_000)), None);
    }
}
