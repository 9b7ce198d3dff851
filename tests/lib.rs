#![cfg(test)]
//! The product on real parts. One binary: one link step. `tests/run` starts what it needs.

mod layering;
