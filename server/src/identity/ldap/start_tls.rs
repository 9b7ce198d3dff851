//! StartTLS (RFC 4511, 4.14). Done here, before the library for the protocol sees the connection: whoever is on the way may answer, so as
//! little as possible is read, within bounds, and anything but a plain yes ends it.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::identity::{Refusal, Why};

/// Message 1: an extended request of this object identifier.
const REQUEST: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
/// Tags of BER.
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const ENUMERATED: u8 = 0x0a;
const EXTENDED_RESPONSE: u8 = 0x78;
/// An answer has some dozens.
const MOST_BYTES: usize = 4_096;

/// Asks for TLS, which is to begin on the stream when this returns.
///
/// # Errors
/// It is refused, or not answered in due form.
pub(super) async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<(), Refusal> {
    let answer = exchange(stream).await.map_err(|error| {
        Refusal::new(Why::Unreachable, format!("the directory did not answer to StartTLS: {error}"))
    })?;
    match answer.as_deref().and_then(result_code) {
        Some(0) => Ok(()),
        Some(code) => Err(Refusal::new(
            Why::Unsafe,
            format!(
                "the directory refuses StartTLS ({code}), or somebody on the way does; nothing was said to it. Set up its certificate, or \
                 write ldaps:// in ldap.url"
            ),
        )),
        None => Err(Refusal::new(Why::Unsafe, "what answered to StartTLS is no directory, and was told nothing")),
    }
}

/// The content of the answer; none if it is no sequence, or longer than any is.
async fn exchange(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<Option<Vec<u8>>> {
    stream.write_all(REQUEST).await?;
    stream.flush().await?;
    if stream.read_u8().await? != SEQUENCE {
        return Ok(None);
    }
    let first = usize::from(stream.read_u8().await?);
    let length = if first < 0x80 {
        first
    } else if (0x81..=0x84).contains(&first) {
        let mut length = 0_usize;
        for _ in 0x80..first {
            length = (length << 8) | usize::from(stream.read_u8().await?);
        }
        length
    } else {
        return Ok(None);
    };
    if length > MOST_BYTES {
        return Ok(None);
    }
    let mut content = vec![0; length];
    stream.read_exact(&mut content).await?;
    Ok(Some(content))
}

/// The result code of an extended response to message 1.
fn result_code(content: &[u8]) -> Option<u8> {
    let (INTEGER, [1], rest) = element(content)? else { return None };
    let (EXTENDED_RESPONSE, response, _) = element(rest)? else { return None };
    let (ENUMERATED, [code], _) = element(response)? else { return None };
    Some(*code)
}

/// Tag, content and what is behind the first element.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (digits, rest) =
            rest.split_at_checked(usize::from(first & 0x7f)).filter(|(digits, _)| digits.len() <= 4)?;
        (digits.iter().fold(0_usize, |length, digit| (length << 8) | usize::from(*digit)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said of an answer, and what was asked.
    async fn answered(answer: &[u8]) -> (Result<(), Why>, Vec<u8>) {
        let (mut ours, mut theirs) = tokio::io::duplex(8_192);
        theirs.write_all(answer).await.unwrap();
        let asking = async {
            let asked = ask(&mut ours).await.map_err(|refusal| refusal.why);
            drop(ours);
            asked
        };
        let mut asked = Vec::new();
        let reading = async {
            theirs.shutdown().await.unwrap();
            theirs.read_to_end(&mut asked).await.unwrap();
        };
        let (said, ()) = tokio::join!(asking, reading);
        (said, asked)
    }

    #[tokio::test]
    async fn only_a_plain_yes_is_one() {
        let yes = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00";
        assert_eq!(answered(yes).await, (Ok(()), REQUEST.to_vec()));
        // As Active Directory writes lengths.
        let long = b"\x30\x84\x00\x00\x00\x10\x02\x01\x01\x78\x84\x00\x00\x00\x07\x0a\x01\x00\x04\x00\x04\x00";
        assert_eq!(answered(long).await.0, Ok(()));
        let refused = b"\x30\x0f\x02\x01\x01\x78\x0a\x0a\x01\x02\x04\x00\x04\x03no!";
        assert_eq!(answered(refused).await.0, Err(Why::Unsafe));
        let of_another_message = b"\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00";
        assert_eq!(answered(of_another_message).await.0, Err(Why::Unsafe));
        let of_a_bind = b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00";
        assert_eq!(answered(of_a_bind).await.0, Err(Why::Unsafe));
    }

    #[tokio::test]
    async fn what_is_no_answer_costs_no_memory_and_ends_nothing_else() {
        assert_eq!(answered(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.0, Err(Why::Unsafe));
        assert_eq!(answered(b"\x30\x84\xff\xff\xff\xff").await.0, Err(Why::Unsafe), "four gigabytes");
        assert_eq!(answered(b"\x30\x89\x01\x01\x01\x01\x01\x01\x01\x01\x01").await.0, Err(Why::Unsafe));
        assert_eq!(answered(b"\x30\x80").await.0, Err(Why::Unsafe), "a length that is told at the end");
        assert_eq!(answered(b"\x30\x0c\x02\x01").await.0, Err(Why::Unreachable), "cut off");
        assert_eq!(answered(b"").await.0, Err(Why::Unreachable));
        for inner in [&b"\x30\x03\x02\x01\x01"[..], b"\x30\x06\x02\x01\x01\x78\x84\xff", b"\x30\x04\x02\x84\xff\xff"] {
            assert_eq!(answered(inner).await.0, Err(Why::Unsafe), "{inner:?}");
        }
    }
}
