//! A recording of what the SMB server does, bounded in time and size, by Windows Performance Recorder, which is part of Windows since
//! Windows 10 and Windows Server 2016.

use super::quote::shown;
use super::{Note, Part, Script, guard};
use crate::model::evidence::Evidence;

/// How long it records.
const SECS: u32 = 60;
/// Most that it holds in memory, and about what the file gets: the oldest events give way.
const MEBIBYTES: u32 = 64;
/// As much has to be free on the disk: putting the file together takes as much again.
const FREE_GIBIBYTES: u32 = 1;

/// The commands; none for a host that is no Windows.
#[must_use]
pub fn trace(evidence: &Evidence) -> Option<Script> {
    let host = &evidence.host;
    if !host.os.starts_with("Windows") {
        return None;
    }
    let mut script = Script(vec![
        Part::Note(Note::Recording { host: shown(&host.name), secs: SECS }),
        Part::Note(Note::Size { mebibytes: MEBIBYTES }),
        Part::Note(Note::Privacy),
    ]);
    script.0.extend(guard(&host.name).map(Part::Guard));
    script.0.push(Part::Code(code()));
    Some(script)
}

/// What is to be recorded. The provider is Microsoft-Windows-SMBServer. A recording to memory goes round and never gets larger; the recorder
/// wants one to a file declared beside it.
fn profile() -> String {
    let lines = format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<WindowsPerformanceRecorder Version="1.0" Author="Highwater">
  <Profiles>
    <EventCollector Id="SmbCollector" Name="Highwater SMB">
      <BufferSize Value="1024"/>
      <Buffers Value="{MEBIBYTES}"/>
    </EventCollector>
    <EventProvider Id="SmbServer" Name="d48ce617-33a2-4bc3-a5c7-11aa4f29619e"/>
    <Profile Id="SmbServer.Verbose.Memory" Name="SmbServer" Description="SMB server" DetailLevel="Verbose" LoggingMode="Memory">
      <Collectors>
        <EventCollectorId Value="SmbCollector">
          <EventProviders>
            <EventProviderId Value="SmbServer"/>
          </EventProviders>
        </EventCollectorId>
      </Collectors>
    </Profile>
    <Profile Id="SmbServer.Verbose.File" Name="SmbServer" Description="SMB server" DetailLevel="Verbose" LoggingMode="File" Base="SmbServer.Verbose.Memory"/>
  </Profiles>
</WindowsPerformanceRecorder>"#
    );
    lines.lines().map(|line| format!("    '{line}'\n")).collect()
}

fn code() -> String {
    let profile = profile();
    format!(
        r"$ErrorActionPreference = 'Stop'
$profileFile = Join-Path $env:TEMP 'highwater-smb.wprp'
$traceFile = Join-Path $env:TEMP 'highwater-smb.etl'
$drive = (Split-Path -Qualifier $env:TEMP).TrimEnd(':')
if ((Get-PSDrive -Name $drive).Free -lt {FREE_GIBIBYTES}gb) {{ throw 'There is too little room on the disk.' }}
$lines = @(
{profile})
Set-Content -LiteralPath $profileFile -Encoding UTF8 -Value $lines
wpr.exe -start ($profileFile + '!SmbServer')
if ($LASTEXITCODE -ne 0) {{ throw 'The recording did not start. Is another one under way? See: wpr.exe -status' }}
try {{ Start-Sleep -Seconds {SECS} }} finally {{ wpr.exe -stop $traceFile }}
Remove-Item -LiteralPath $profileFile
Get-Item -LiteralPath $traceFile | Select-Object FullName, Length"
    )
}
