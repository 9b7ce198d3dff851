use super::frame::DecodeError;
use crate::model::time::CELLS_PER_HOUR;
use crate::model::usage::Usage;
#[must_use]
pub fn encode(cells: &[Usage; CELLS_PER_HOUR]) -> Vec<u8> {
    todo!()
}
pub fn decode(bytes: &[u8]) -> Result<[Usage; CELLS_PER_HOUR], DecodeError> {
    todo!()
}
