//! Prometheus remote write 1.0: the four messages of its schema that carry samples, in snappy's block form.

use std::collections::BTreeMap;

use super::day::{IDLE_SECS, Stretch};

/// One time series: its labels in order of their names, and its samples in order of time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Series {
    pub(crate) labels: Vec<(&'static str, String)>,
    pub(crate) samples: Vec<(i64, f64)>,
}

/// Of each host and client: sessions, opens, and sessions that are idle, wherever the client has a session.
pub(crate) fn series(stretch: &Stretch) -> Vec<Series> {
    let mut clients: BTreeMap<&str, [Vec<(i64, f64)>; 3]> = BTreeMap::new();
    for snapshot in &stretch.snapshots {
        let mut counts: BTreeMap<&str, [u32; 3]> = BTreeMap::new();
        for session in &snapshot.sessions {
            let count = counts.entry(&session.client).or_default();
            count[0] += 1;
            count[1] += session.opens.unwrap_or_default();
            count[2] += u32::from(session.idle_secs >= Some(IDLE_SECS));
        }
        for (client, counts) in counts {
            let samples = clients.entry(client).or_default();
            for (samples, count) in samples.iter_mut().zip(counts) {
                samples.push((snapshot.taken_at, f64::from(count)));
            }
        }
    }
    let names = ["smb_sessions", "smb_opens", "smb_idle_sessions"];
    let of_client = |(client, samples): (&str, [Vec<(i64, f64)>; 3])| {
        let labels = |name: &str| {
            vec![("__name__", name.to_owned()), ("client", client.to_owned()), ("host", stretch.name.clone())]
        };
        names
            .into_iter()
            .zip(samples)
            .map(|(name, samples)| Series { labels: labels(name), samples })
            .collect::<Vec<_>>()
    };
    clients.into_iter().flat_map(of_client).collect()
}

/// The body of a request.
pub(crate) fn body(all: &[Series]) -> anyhow::Result<Vec<u8>> {
    Ok(snap::raw::Encoder::new().compress_vec(&write_request(all))?)
}

/// `WriteRequest { timeseries: 1 }`, `TimeSeries { labels: 1, samples: 2 }`, `Label { name: 1, value: 2 }`,
/// `Sample { value: 1 (double), timestamp: 2 (int64) }`.
fn write_request(all: &[Series]) -> Vec<u8> {
    let mut request = Vec::new();
    for series in all {
        let mut message = Vec::new();
        for (name, value) in &series.labels {
            let mut label = Vec::new();
            field(&mut label, 1, name.as_bytes());
            field(&mut label, 2, value.as_bytes());
            field(&mut message, 1, &label);
        }
        for (at, value) in &series.samples {
            // Key of field 1 with eight fixed bytes, and of field 2 as a varint.
            let mut sample = vec![0x09];
            sample.extend(value.to_le_bytes());
            sample.push(0x10);
            varint(&mut sample, at.cast_unsigned());
            field(&mut message, 2, &sample);
        }
        field(&mut request, 1, &message);
    }
    request
}

fn field(out: &mut Vec<u8>, number: u64, body: &[u8]) {
    varint(out, number << 3 | 2);
    varint(out, body.len() as u64);
    out.extend_from_slice(body);
}

pub(crate) fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push((number & 0x7f) as u8);
}
