//! Charts as SVG: pure geometry, rendered by the templates in `templates/chart/`. Promises:
//!
//! 1. **The peak survives**: a bucket shows the maximum of what it holds, at every zoom.
//! 2. **Absence is shown**: a gap breaks the line and is hatched; it is never bridged and never drawn as zero.
//! 3. **Text never scales**: x is in percent, y in pixels; only paths are stretched.
//! 4. **Nothing from outside is trusted**: every word goes through the templates' escaping.

pub mod bands;
pub mod counted;
pub mod file;
pub mod heat;
pub mod held;
pub mod histogram;
pub mod legend;
pub mod line;
pub mod marks;
pub mod path;
pub mod range;
pub mod scale;
pub mod spark;
pub mod stack;
pub mod steps;
pub mod zoom;
