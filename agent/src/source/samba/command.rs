//! Runs a program that may hang or talk without end, and survives it.

use std::ffi::OsString;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::{Child, Command};

use crate::source::SourceError;

/// What a program may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) time_limit: Duration,
    pub(super) max_output_bytes: usize,
}

/// What a program complains about is for people: more than this is not kept.
const MAX_COMPLAINT_BYTES: usize = 4 << 10;

/// Standard output of the program when it ends well within the bounds; otherwise it is killed.
pub(super) async fn run_bounded(program: &Path, args: &[OsString], bounds: Bounds) -> Result<Vec<u8>, SourceError> {
    let shown = program.display();
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .map_err(|e| {
            SourceError(format!("{shown} could not be started ({e}): is Samba installed, is the path right?"))
        })?;
    let talked = tokio::time::timeout(bounds.time_limit, listen(&mut child, bounds.max_output_bytes)).await;
    let outcome = match talked {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => {
            end(child).await;
            return Err(SourceError(format!("{shown} {error}")));
        }
        Err(_elapsed) => {
            end(child).await;
            let secs = bounds.time_limit.as_secs_f32();
            return Err(SourceError(format!("{shown} gave no answer within {secs} s and was ended")));
        }
    };
    if outcome.status.success() {
        return Ok(outcome.output);
    }
    let complaint = first_line(&outcome.complaint);
    Err(SourceError(format!("{shown} failed ({}): {complaint}", outcome.status)))
}

struct Outcome {
    status: std::process::ExitStatus,
    output: Vec<u8>,
    complaint: Vec<u8>,
}

async fn listen(child: &mut Child, max_output_bytes: usize) -> Result<Outcome, String> {
    let stdout = child.stdout.take();
    let stderr = child.stderr.take();
    let (output, complaint) = tokio::try_join!(read_at_most(stdout, max_output_bytes), read_some(stderr))?;
    let status = child.wait().await.map_err(|e| format!("could not be waited for: {e}"))?;
    Ok(Outcome { status, output, complaint })
}

async fn read_at_most(from: Option<impl AsyncRead + Unpin>, max: usize) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let Some(from) = from else { return Ok(bytes) };
    let one_more = (max as u64).saturating_add(1);
    from.take(one_more).read_to_end(&mut bytes).await.map_err(|e| format!("could not be read: {e}"))?;
    if bytes.len() > max { Err(format!("answered more than {max} bytes and was ended")) } else { Ok(bytes) }
}

/// Keeps the beginning and reads on, so that the program is never stuck on a full pipe.
async fn read_some(from: Option<impl AsyncRead + Unpin>) -> Result<Vec<u8>, String> {
    let mut kept = Vec::new();
    let Some(mut from) = from else { return Ok(kept) };
    let mut piece = [0; 1024];
    loop {
        let read = from.read(&mut piece).await.map_err(|e| format!("could not be read: {e}"))?;
        if read == 0 {
            return Ok(kept);
        }
        let room = MAX_COMPLAINT_BYTES.saturating_sub(kept.len());
        kept.extend_from_slice(&piece[..read.min(room)]);
    }
}

async fn end(mut child: Child) {
    if let Err(error) = child.kill().await {
        tracing::warn!(%error, "a program that was to be ended could not be");
    }
}

fn first_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("no reason given");
    line.chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    async fn shell(script: &str, max_output_bytes: usize, time_limit: Duration) -> Result<Vec<u8>, SourceError> {
        let args = ["-c".into(), script.into()];
        run_bounded(Path::new("/bin/sh"), &args, Bounds { time_limit, max_output_bytes }).await
    }

    #[tokio::test]
    async fn a_program_that_ends_well_is_heard() {
        let said = shell("echo well; echo noise >&2", 100, Duration::from_secs(20)).await.unwrap();
        assert_eq!(said, b"well\n");
    }

    #[tokio::test]
    async fn a_program_that_hangs_is_ended() {
        let error = shell("exec sleep 600", 100, Duration::from_millis(50)).await.unwrap_err();
        assert!(error.0.contains("no answer within 0.05 s"), "{error}");
    }

    #[tokio::test]
    async fn a_program_that_talks_without_end_is_ended() {
        let error = shell("exec cat /dev/zero", 1_000, Duration::from_secs(20)).await.unwrap_err();
        assert!(error.0.contains("more than 1000 bytes"), "{error}");
    }

    #[tokio::test]
    async fn a_program_that_complains_without_end_is_not_stuck() {
        let script = "head -c 1000000 /dev/zero | tr '\\0' x >&2; echo done";
        assert_eq!(shell(script, 100, Duration::from_secs(20)).await.unwrap(), b"done\n");
    }

    #[tokio::test]
    async fn what_a_failing_program_complains_about_is_said() {
        let error = shell("echo; printf 'only \\033works as root!' >&2; exit 3", 100, Duration::from_secs(20)).await;
        let error = error.unwrap_err().0;
        assert!(error.contains("only works as root!") && error.contains('3'), "{error}");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let bounds = Bounds { time_limit: Duration::from_secs(1), max_output_bytes: 1 };
        let error = run_bounded(Path::new("/nowhere/smbstatus"), &[], bounds).await.unwrap_err();
        assert!(error.0.contains("/nowhere/smbstatus"), "{error}");
    }
}
