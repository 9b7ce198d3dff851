//! Secrets that only this computer can read: DPAPI.

use std::io;
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Cryptography::{
    CRYPT_INTEGER_BLOB, CRYPTPROTECT_LOCAL_MACHINE, CRYPTPROTECT_UI_FORBIDDEN, CryptProtectData, CryptUnprotectData,
};

/// Sealed for this computer: any account on it could open it, so the file that keeps it needs an access list too. `purpose` has to
/// be the same when it is opened.
///
/// # Errors
/// The call's.
pub fn seal(secret: &[u8], purpose: &[u8]) -> io::Result<Vec<u8>> {
    let (secret, purpose, mut sealed) = (blob(secret)?, blob(purpose)?, Allocated::empty());
    let flags = CRYPTPROTECT_LOCAL_MACHINE | CRYPTPROTECT_UI_FORBIDDEN;
    // SAFETY: both blobs are readable as long as they say; what it allocates goes to `sealed`.
    let done = unsafe {
        CryptProtectData(&raw const secret, null(), &raw const purpose, null(), null(), flags, &raw mut sealed.0)
    };
    sealed.taken(done)
}

/// # Errors
/// It was sealed on another computer or for another purpose, or it is damaged.
pub fn open(sealed: &[u8], purpose: &[u8]) -> io::Result<Vec<u8>> {
    let (sealed, purpose, mut secret) = (blob(sealed)?, blob(purpose)?, Allocated::empty());
    let flags = CRYPTPROTECT_UI_FORBIDDEN;
    // SAFETY: both blobs are readable as long as they say; what it allocates goes to `secret`.
    let done = unsafe {
        CryptUnprotectData(&raw const sealed, null_mut(), &raw const purpose, null(), null(), flags, &raw mut secret.0)
    };
    secret.taken(done)
}

/// The calls only read what it points to.
fn blob(bytes: &[u8]) -> io::Result<CRYPT_INTEGER_BLOB> {
    let len = u32::try_from(bytes.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    Ok(CRYPT_INTEGER_BLOB { cbData: len, pbData: bytes.as_ptr().cast_mut() })
}

/// Memory that a call allocated.
struct Allocated(CRYPT_INTEGER_BLOB);

impl Allocated {
    fn empty() -> Self {
        Self(CRYPT_INTEGER_BLOB { cbData: 0, pbData: null_mut() })
    }

    fn taken(&self, done: i32) -> io::Result<Vec<u8>> {
        if done == 0 {
            return Err(io::Error::last_os_error());
        }
        if self.0.pbData.is_null() {
            return Ok(Vec::new());
        }
        // SAFETY: the call that succeeded wrote so many bytes there.
        Ok(unsafe { std::slice::from_raw_parts(self.0.pbData, self.0.cbData as usize) }.to_vec())
    }
}

impl Drop for Allocated {
    fn drop(&mut self) {
        if !self.0.pbData.is_null() {
            // SAFETY: the documentation of both calls says that this frees it, and nobody else has it.
            unsafe { LocalFree(self.0.pbData.cast()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_for_its_purpose_only() {
        let sealed = seal(b"hwa_secret", b"identity").unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(open(&sealed, b"identity").unwrap(), b"hwa_secret");
        assert!(open(&sealed, b"other").is_err());
        assert!(open(&sealed[..sealed.len() / 2], b"identity").is_err());
        assert!(open(b"", b"identity").is_err());
    }
}
