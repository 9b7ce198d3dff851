//! Who may read and write a folder.

use std::io;
use std::os::windows::ffi::OsStrExt;
use std::path::Path;
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1, SE_FILE_OBJECT, SetNamedSecurityInfoW,
};
use windows_sys::Win32::Security::{
    ACL, DACL_SECURITY_INFORMATION, GetSecurityDescriptorDacl, PROTECTED_DACL_SECURITY_INFORMATION,
    PSECURITY_DESCRIPTOR,
};

use crate::{error, text};

/// Full access for SYSTEM and the administrators, for nobody else, also below; nothing is inherited from above.
const SYSTEM_AND_ADMINISTRATORS: &str = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";

/// # Errors
/// The access list cannot be set: the folder is not there, or this process may not.
pub fn restrict(folder: &Path) -> io::Result<()> {
    let descriptor = Descriptor::read(SYSTEM_AND_ADMINISTRATORS)?;
    let path: Vec<u16> = folder.as_os_str().encode_wide().chain([0]).collect();
    let what = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
    // SAFETY: the path ends with 0, and the list lives as long as its descriptor.
    let status = unsafe {
        SetNamedSecurityInfoW(path.as_ptr(), SE_FILE_OBJECT, what, null_mut(), null_mut(), descriptor.dacl()?, null())
    };
    if status == 0 { Ok(()) } else { Err(error(status)) }
}

/// A security descriptor out of its text.
struct Descriptor(PSECURITY_DESCRIPTOR);

impl Descriptor {
    fn read(sddl: &str) -> io::Result<Self> {
        let (sddl, mut descriptor) = (text::wide(sddl), Self(null_mut()));
        // SAFETY: the text ends with 0; what it allocates goes to `descriptor`.
        let done = unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                sddl.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor.0,
                null_mut(),
            )
        };
        if done == 0 { Err(io::Error::last_os_error()) } else { Ok(descriptor) }
    }

    fn dacl(&self) -> io::Result<*const ACL> {
        let (mut present, mut dacl, mut defaulted) = (0, null_mut(), 0);
        // SAFETY: the descriptor is valid; three places for what it writes.
        let done = unsafe { GetSecurityDescriptorDacl(self.0, &raw mut present, &raw mut dacl, &raw mut defaulted) };
        if done == 0 {
            return Err(io::Error::last_os_error());
        }
        // Null would let everybody in.
        if present == 0 || dacl.is_null() { Err(io::Error::other("the access list is missing")) } else { Ok(dacl) }
    }
}

impl Drop for Descriptor {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: the documentation says that this frees it, and nobody else has it.
            unsafe { LocalFree(self.0) };
        }
    }
}
