//! Pages: one file per noun, each the template's fields and the handlers.

pub mod sign_in;
pub mod welcome;
