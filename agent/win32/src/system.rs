//! This computer: its version, names, memory and processors, and what this process costs it.

use std::io;
use std::time::Duration;

use windows_sys::Wdk::System::SystemServices::RtlGetVersion;
use windows_sys::Win32::Foundation::{ERROR_MORE_DATA, FILETIME};
use windows_sys::Win32::System::ProcessStatus::{K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
use windows_sys::Win32::System::SystemInformation::{
    ComputerNameDnsDomain, ComputerNameDnsFullyQualified, ComputerNameDnsHostname, GetComputerNameExW,
    GetSystemFirmwareTable, GetTickCount64, GlobalMemoryStatusEx, MEMORYSTATUSEX, OSVERSIONINFOEXW, RSMB,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, GetProcessTimes, GetSystemTimes};

use crate::text;

/// What Windows it is, unlike what an application without a manifest is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    pub major: u32,
    pub minor: u32,
    pub build: u32,
    /// Windows Server, also as a domain controller.
    pub is_server: bool,
    pub is_domain_controller: bool,
}

#[must_use]
pub fn version() -> Version {
    const WORKSTATION: u8 = 1;
    const DOMAIN_CONTROLLER: u8 = 2;
    let mut info = OSVERSIONINFOEXW { dwOSVersionInfoSize: size::<OSVERSIONINFOEXW>(), ..OSVERSIONINFOEXW::default() };
    // SAFETY: the size says which of the two structures it is; the function always succeeds.
    unsafe { RtlGetVersion((&raw mut info).cast()) };
    Version {
        major: info.dwMajorVersion,
        minor: info.dwMinorVersion,
        build: info.dwBuildNumber,
        is_server: info.wProductType != WORKSTATION,
        is_domain_controller: info.wProductType == DOMAIN_CONTROLLER,
    }
}

/// Of this computer in DNS. A name that it does not have is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    pub host: String,
    pub domain: String,
    pub full: String,
}

/// # Errors
/// The system does not say.
pub fn names() -> io::Result<Names> {
    Ok(Names {
        host: name(ComputerNameDnsHostname)?,
        domain: name(ComputerNameDnsDomain)?,
        full: name(ComputerNameDnsFullyQualified)?,
    })
}

fn name(which: i32) -> io::Result<String> {
    let mut units = vec![0_u16; 256];
    for _ in 0..2 {
        let mut len = u32::try_from(units.len()).unwrap_or(u32::MAX);
        // SAFETY: it writes at most `len` units there.
        if unsafe { GetComputerNameExW(which, units.as_mut_ptr(), &raw mut len) } != 0 {
            return Ok(text::narrow_slice(&units));
        }
        let error = io::Error::last_os_error();
        if error.raw_os_error() != Some(ERROR_MORE_DATA.cast_signed()) {
            return Err(error);
        }
        units.resize(len as usize + 1, 0);
    }
    Err(crate::error(ERROR_MORE_DATA))
}

/// Physical memory, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    pub total_bytes: u64,
    pub available_bytes: u64,
}

/// # Errors
/// The call's.
pub fn memory() -> io::Result<Memory> {
    let mut status = MEMORYSTATUSEX { dwLength: size::<MEMORYSTATUSEX>(), ..MEMORYSTATUSEX::default() };
    // SAFETY: its length says how long it is.
    succeeded(unsafe { GlobalMemoryStatusEx(&raw mut status) })?;
    Ok(Memory { total_bytes: status.ullTotalPhys, available_bytes: status.ullAvailPhys })
}

/// Of all processors since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Processors {
    pub busy: Duration,
    pub idle: Duration,
}

/// # Errors
/// The call's.
pub fn processors() -> io::Result<Processors> {
    let [mut idle, mut kernel, mut user] = [FILETIME::default(); 3];
    // SAFETY: three places for what it writes.
    succeeded(unsafe { GetSystemTimes(&raw mut idle, &raw mut kernel, &raw mut user) })?;
    let [idle, kernel, user] = [idle, kernel, user].map(duration);
    // The kernel's time holds the idle one.
    Ok(Processors { busy: (kernel + user).saturating_sub(idle), idle })
}

/// Of this process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnCost {
    pub cpu: Duration,
    pub resident_bytes: u64,
    pub peak_resident_bytes: u64,
}

/// # Errors
/// The calls'.
pub fn own_cost() -> io::Result<OwnCost> {
    let [mut created, mut ended, mut kernel, mut user] = [FILETIME::default(); 4];
    // SAFETY: a constant that stands for this process.
    let process = unsafe { GetCurrentProcess() };
    // SAFETY: four places for what it writes.
    succeeded(unsafe { GetProcessTimes(process, &raw mut created, &raw mut ended, &raw mut kernel, &raw mut user) })?;
    let mut memory = PROCESS_MEMORY_COUNTERS::default();
    // SAFETY: it writes as many bytes as it is told.
    succeeded(unsafe { K32GetProcessMemoryInfo(process, &raw mut memory, size::<PROCESS_MEMORY_COUNTERS>()) })?;
    Ok(OwnCost {
        cpu: duration(kernel) + duration(user),
        resident_bytes: memory.WorkingSetSize as u64,
        peak_resident_bytes: memory.PeakWorkingSetSize as u64,
    })
}

/// Since the start of the system, sleep included.
#[must_use]
pub fn uptime() -> Duration {
    // SAFETY: it takes nothing.
    Duration::from_millis(unsafe { GetTickCount64() })
}

/// The firmware's tables about the computer (SMBIOS), as they are: a copy of a virtual machine has others.
///
/// # Errors
/// There are none, or they may not be read.
pub fn firmware() -> io::Result<Vec<u8>> {
    const MOST_BYTES: u32 = 1 << 20;
    // SAFETY: without a place it only answers how many bytes it needs.
    let needed = unsafe { GetSystemFirmwareTable(RSMB, 0, std::ptr::null_mut(), 0) };
    if needed == 0 || needed > MOST_BYTES {
        return Err(io::Error::last_os_error());
    }
    let mut bytes = vec![0_u8; needed as usize];
    // SAFETY: it writes at most so many bytes.
    let written = unsafe { GetSystemFirmwareTable(RSMB, 0, bytes.as_mut_ptr(), needed) };
    if written == 0 || written > needed {
        return Err(io::Error::last_os_error());
    }
    bytes.truncate(written as usize);
    Ok(bytes)
}

fn size<T>() -> u32 {
    u32::try_from(size_of::<T>()).unwrap_or(u32::MAX)
}

fn succeeded(answer: i32) -> io::Result<()> {
    if answer == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Hundreds of nanoseconds.
fn duration(time: FILETIME) -> Duration {
    let hundreds = u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    Duration::from_nanos(hundreds.saturating_mul(100))
}
