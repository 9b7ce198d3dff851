//! The calls for real, against stand-ins for Windows' libraries that are written in C (`tests/fake`): each test has a process of its
//! own and a script that says what is answered.
#![cfg(windows)]

mod counters;
mod events;
mod script;
mod sessions;
mod system;
