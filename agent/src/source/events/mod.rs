//! Event-log records: from the XML that Windows renders to what travels on the wire. Pure, so it is tested everywhere.

mod binary;
mod decode;
mod numbers;
pub mod parse;
mod xml;
