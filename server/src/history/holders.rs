use super::frame::DecodeError;
use crate::model::holder::Held;
/// `entries` in ascending order of id; ids are raw integers so that clients and users share the codec.
#[must_use]
pub fn encode(entries: &[(i64, Held)]) -> Vec<u8> {
    todo!()
}
pub fn decode(bytes: &[u8]) -> Result<Vec<(i64, Held)>, DecodeError> {
    todo!()
}
