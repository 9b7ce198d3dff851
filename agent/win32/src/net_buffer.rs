//! Memory that a function of netapi32 allocated.

use windows_sys::Win32::NetworkManagement::NetManagement::NetApiBufferFree;

/// Freed when dropped, also when the call that gave it failed: some give a buffer with an error.
#[derive(Debug)]
pub(crate) struct NetBuffer(*mut u8);

impl NetBuffer {
    pub(crate) fn empty() -> Self {
        Self(std::ptr::null_mut())
    }

    /// Where a call writes the address of what it allocates. What was there before is freed.
    pub(crate) fn place(&mut self) -> *mut *mut u8 {
        *self = Self::empty();
        &raw mut self.0
    }

    /// The structures at its start.
    ///
    /// # Safety
    /// A call filled this with at least `len` of `T`, or with nothing.
    pub(crate) unsafe fn entries<T: Copy + 'static>(&self, len: u32) -> impl Iterator<Item = T> + '_ {
        let (start, len) = (self.0.cast::<T>(), if self.0.is_null() { 0 } else { len as usize });
        // SAFETY: the caller says that so many are there; nothing is assumed of how they are aligned.
        (0..len).map(move |at| unsafe { start.add(at).read_unaligned() })
    }
}

impl Drop for NetBuffer {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: a function of netapi32 allocated it, and nobody else has it.
            unsafe { NetApiBufferFree(self.0.cast()) };
        }
    }
}
