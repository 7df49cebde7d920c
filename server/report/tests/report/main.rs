//! Both documents, made of whole work orders: the same bytes twice, every text findable, long
//! texts and many photos on as many pages as they take, gaps named, valid by independent tools
//! where they are installed.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops here")]

mod cases;
mod gaps;
mod support;
mod validity;
