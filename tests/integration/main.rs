//! The server through its front door: real handlers, real rules, the real store in memory, a clock
//! in the test's hand. One file per address and verb in `routes`, one per story in `flows`.
//!
//! Not here: rules by themselves (`server/domain`), durability and races of the engine
//! (`server/store/tests`), screens (`tests/e2e`).

mod attack_table;
mod flows;
mod routes;
mod specification;
mod support;
