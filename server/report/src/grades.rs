//! When something happened, by each grade of trust: proved from outside, proved by the server,
//! inferred by the phone's own timer, claimed by its clock.

use domain::interval::Bounds;
use domain::sla::clock::Grade;
use domain::time::{Interval, Timestamp};

use crate::mark::{BLUE, CLAIMED, Color, GREEN, SKY};
use crate::words;

/// One grade's answer.
pub struct Span {
    pub name: &'static str,
    pub hint: &'static str,
    /// None where this grade says nothing.
    pub interval: Option<Interval>,
    pub color: Color,
    pub is_counted: bool,
}

/// All grades, the most trusted first.
pub fn spans(
    external: Option<Interval>,
    bounds: &Bounds,
    claimed: Timestamp,
    counted: Grade,
) -> Vec<Span> {
    vec![
        Span {
            name: words::grade(Grade::External),
            hint: "由见证人或时间戳机构的时间夹定",
            interval: external,
            color: GREEN,
            is_counted: counted == Grade::External,
        },
        Span {
            name: words::grade(Grade::Server),
            hint: "由服务器签名的回执夹定",
            interval: Some(bounds.b),
            color: BLUE,
            is_counted: counted == Grade::Server,
        },
        Span {
            name: words::grade(Grade::Device),
            hint: if bounds.clock_conflict {
                "手机内部计时与回执矛盾，未采用"
            } else {
                "在上一行之内，用手机内部计时收窄"
            },
            interval: Some(bounds.c),
            color: SKY,
            is_counted: counted == Grade::Device,
        },
        Span {
            name: "手机自称",
            hint: "手机时钟可以随意调整，不作判定",
            interval: Some(Interval::exactly(claimed)),
            color: CLAIMED,
            is_counted: false,
        },
    ]
}
