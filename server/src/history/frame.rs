use crate::model::snapshot::Snapshot;

#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("TODO")]
    Todo,
}

/// A frame's bytes: a key frame, or (given the base) a delta against an earlier snapshot of the same hour.
#[must_use]
pub fn encode(snapshot: &Snapshot, base: Option<&Snapshot>) -> Vec<u8> {
    todo!()
}
/// If the frame is a delta: the `taken_at` of the snapshot it is based on.
pub fn base_at(bytes: &[u8]) -> Result<Option<i64>, DecodeError> {
    todo!()
}
/// `base` is the snapshot named by [`base_at`].
pub fn decode(bytes: &[u8], base: Option<&Snapshot>) -> Result<Snapshot, DecodeError> {
    todo!()
}
