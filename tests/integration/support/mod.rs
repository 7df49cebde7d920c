//! What all tests share: a small invented city on an empty memory, people, phones, facts, photos.

pub mod actors;
pub mod ask;
pub mod authority;
pub mod builders;
pub mod channels;
pub mod figures;
pub mod forge;
pub mod hand;
pub mod integrations;
pub mod links;
pub mod pdf;
pub mod photos;
pub mod receivers;
pub mod reviews;
pub mod second_phone;
pub mod tag;
pub mod test_app;
pub mod time_server;
pub mod week;
pub mod witness;

pub use actors::*;
pub use ask::{Answer, Ask};
pub use hand::Hand;
pub use second_phone::SecondPhone;
pub use test_app::{START, TestApp, token};
