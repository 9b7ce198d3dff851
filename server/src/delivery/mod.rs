//! Deliveries on their way to other systems: signed and sent. The only outgoing HTTP of the server, mail and syslog. Promises:
//!
//! 1. **Never where it must not**: every address is judged by [`Policy`](crate::model::destination::Policy) when it is read, and every
//!    address that its name leads to just before it is connected to, so that a name which moves in between gains nothing. Redirects are not
//!    followed, and no proxy of the environment is asked.
//! 2. **Bounded**: connecting, answering and the answer itself have limits; an answer is never decompressed.
//! 3. **Signed**: a webhook's message carries the headers of the Standard Webhooks specification, with a signature for each secret in
//!    force. The same message has the same id in every attempt.
//! 4. **One attempt each**: what is tried again, and when, is decided here and done by who keeps the deliveries.
//!
//! Where syslog goes is said by the settings, not on a page: whoever writes those may reach what he likes.

pub mod http;
pub mod names;
pub mod sign;
pub mod syslog;
pub mod ticket;
pub mod trust;
pub mod webhook;
