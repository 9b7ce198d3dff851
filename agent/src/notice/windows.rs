//! Records in the Application log.

use highwater_win32::report::{Severity, Source};

use super::{Notice, SOURCE};

pub(super) fn write(notice: &Notice) -> std::io::Result<()> {
    let severity = match notice {
        Notice::State(_) => Severity::Information,
        Notice::Sessions(_) => Severity::Warning,
        Notice::Trouble(_) => Severity::Error,
    };
    Source::open(SOURCE)?.write(severity, notice.id(), notice.text())
}
