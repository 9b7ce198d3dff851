//! A batch as bytes: JSON, compressed with zstd.

use highwater_wire::{Batch, MAX_DECODED_BYTES, MAX_ENCODED_BYTES};

/// Level 3: of all levels the one whose saving still pays for its time.
const ZSTD_LEVEL: i32 = 3;

#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    #[error("a batch of {0} bytes is too large to be sent")]
    TooLarge(usize),
    #[error("a batch cannot be written: {0}")]
    Write(#[from] std::io::Error),
}

/// Writes a whole batch.
///
/// # Errors
/// It is larger than the wire allows, before or after compression.
pub fn encode(batch: &Batch) -> Result<Vec<u8>, EncodeError> {
    compress(&serde_json::to_vec(batch).map_err(std::io::Error::from)?)
}

/// Writes a batch whose records are already JSON: what lies in a spool is not parsed to be sent. `head.records` is empty.
///
/// # Errors
/// As [`encode`].
pub fn encode_records(head: &Batch, records: &[impl AsRef<[u8]>]) -> Result<Vec<u8>, EncodeError> {
    let mut json = serde_json::to_vec(head).map_err(std::io::Error::from)?;
    // The records are the last field, so the list is still open after "[".
    json.truncate(json.len() - 2);
    for (i, record) in records.iter().enumerate() {
        if i > 0 {
            json.push(b',');
        }
        json.extend_from_slice(record.as_ref());
    }
    json.extend_from_slice(b"]}");
    compress(&json)
}

fn compress(json: &[u8]) -> Result<Vec<u8>, EncodeError> {
    if json.len() > MAX_DECODED_BYTES {
        return Err(EncodeError::TooLarge(json.len()));
    }
    let encoded = zstd::bulk::compress(json, ZSTD_LEVEL)?;
    if encoded.len() > MAX_ENCODED_BYTES {
        return Err(EncodeError::TooLarge(encoded.len()));
    }
    Ok(encoded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use highwater_wire::{Gap, GapReason, Record};

    #[test]
    fn a_batch_out_of_stored_records_is_the_batch_of_these_records() {
        let gap = |at| {
            Record::Gap(Gap {
                from_at: at,
                to_at: at + 1,
                reason: GapReason::Other,
                lost_records: None,
                detail: "[]}".into(),
            })
        };
        for count in 0..3 {
            let records: Vec<_> = (0..count).map(gap).collect();
            let head = Batch {
                epoch: "5f0c1b7e9d3a4c2688b1d0e4a7f35c19".into(),
                first_seq: 4,
                boot_id: "b".into(),
                sent_at: 9,
                agent_version: "0.1.0".into(),
                queued_records: 2,
                records: Vec::new(),
            };
            let stored: Vec<_> = records.iter().map(|r| serde_json::to_vec(r).unwrap()).collect();
            let whole = Batch { records, ..head.clone() };
            assert_eq!(encode_records(&head, &stored).unwrap(), encode(&whole).unwrap());
        }
    }

    #[test]
    fn a_batch_beyond_the_limit_is_an_error_here_and_not_at_the_server() {
        let head = Batch {
            epoch: String::new(),
            first_seq: 1,
            boot_id: String::new(),
            sent_at: 0,
            agent_version: String::new(),
            queued_records: 0,
            records: Vec::new(),
        };
        let huge = vec![b' '; MAX_DECODED_BYTES];
        assert!(matches!(encode_records(&head, &[huge]), Err(EncodeError::TooLarge(_))));
    }
}
