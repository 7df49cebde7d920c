//! One limit, judged: from when, until when, met, breached or cannot tell, and why. The moments
//! are intervals, so there are two verdicts: by what the server can prove, and by what the phone's
//! monotonic clock adds. The policy names the one that counts; the phone's wall clock never does.
//! Which facts start and end a clock is decided by the work order, not here.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::interval::UNKNOWN_LATEST;
use crate::text::coded;
use crate::time::{Interval, Millis, Timestamp, Verdict};

/// Which limit of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockKind {
    Response,
    Arrival,
    Repair,
}

/// The clause that sets the limit, as people cite it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Clause {
    #[serde(rename = "9.2 a")]
    ResponseAndArrival,
    #[serde(rename = "9.3 a")]
    RepairRemote,
    #[serde(rename = "9.3 b")]
    RepairOnSite,
}

/// How much has to be trusted for a time: only the server's receipts (grade B), or the phone's
/// monotonic clock as well (grade C).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    Server,
    Device,
}

/// When the act happened that stops a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Proved by the server's receipts.
    pub b: Interval,
    /// Narrowed by the phone's monotonic clock.
    pub c: Interval,
    /// What the phone's wall clock said.
    pub claimed: Timestamp,
}

/// What a clock is judged on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockFacts {
    pub kind: ClockKind,
    pub clause: Clause,
    /// None where the standard only says "as soon as possible".
    pub limit_minutes: Option<u32>,
    pub started: Interval,
    pub ended: Option<Ended>,
}

/// Where a clock stands. The last two only while it runs: the shown deadline lies ahead, or it
/// has passed, which calls for action but is not yet a breach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockVerdict {
    Met,
    Breached,
    CannotTell,
    Running,
    Overdue,
}

impl From<Verdict> for ClockVerdict {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Met => ClockVerdict::Met,
            Verdict::Breached => ClockVerdict::Breached,
            Verdict::CannotTell => ClockVerdict::CannotTell,
        }
    }
}

/// The verdict by each grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdicts {
    pub server: ClockVerdict,
    pub device: ClockVerdict,
}

/// A judged clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    pub kind: ClockKind,
    pub clause: Clause,
    pub limit_minutes: Option<u32>,
    pub started: Interval,
    /// The deadline to show: counted from the earliest possible start, so that who keeps it has
    /// surely kept the limit.
    pub due_at: Option<Timestamp>,
    pub ended: Option<Ended>,
    pub verdicts: Verdicts,
    /// The one of the two that counts.
    pub verdict: ClockVerdict,
    pub reasons: Vec<ClockReason>,
}

coded! {
    /// Why a clock stands where it stands.
    ClockReason {
        LatestFits "latest_fits"
            "按最晚的可能时刻计算也没有超过时限" "Even the latest possible moment is within the limit";
        EarliestExceeds "earliest_exceeds"
            "按最早的可能时刻计算也已超过时限" "Even the earliest possible moment is past the limit";
        EndUnsure "end_unsure"
            "完成时刻只能证明在一段时间之内，时限落在这段时间里，不能判定" "The moment is only known to lie in a span that the limit falls into";
        NotReceipted "not_receipted"
            "完成记录尚未送达服务器，送达后即可判定" "The record of completion has not reached the server yet; it is judged once it has";
        StartUnsure "start_unsure"
            "起算时刻只能证明在一段时间之内" "The moment the limit runs from is only known as a span";
        DeviceSaysMet "device_says_met"
            "按手机自身计时为按时，但服务器不能证明，不计入" "The phone's own clock says in time, but the server cannot prove it, so it does not count";
        DeviceSaysBreached "device_says_breached"
            "按手机自身计时为超时，但服务器不能证明，不计入" "The phone's own clock says late, but the server cannot prove it, so it does not count";
        DeviceTimeVoid "device_time_void"
            "手机计时与服务器证明的时间矛盾，未采用手机计时" "The phone's clock contradicts what the server proves and was not used";
        ClaimedDiffers "claimed_differs"
            "手机显示的时间会得出另一个结论；手机时间可以调整，不作依据" "The time the phone showed would give another verdict; it can be set at will and proves nothing";
        TimeVoid "time_void"
            "服务器证明的时间前后矛盾，不能判定，需要核查" "The proved times contradict each other; this needs an investigation";
        NoFixedLimit "no_fixed_limit"
            "标准没有规定具体时限，应尽快完成" "The standard sets no fixed limit: as soon as possible";
        DeadlinePassed "deadline_passed"
            "尚未收到完成记录，时限已过" "No record of completion has arrived and the deadline has passed";
    }
}

/// Judges one limit. `now` decides only between running and overdue.
pub fn judge_clock(facts: &ClockFacts, counted: Grade, now: Timestamp) -> Clock {
    let limit = facts
        .limit_minutes
        .map(|minutes| Millis::minutes(i64::from(minutes)));
    let mut reasons = Vec::new();
    let verdicts = match (limit, &facts.ended) {
        (None, ended) => {
            reasons.push(ClockReason::NoFixedLimit);
            both(if ended.is_some() {
                ClockVerdict::Met
            } else {
                ClockVerdict::Running
            })
        }
        (Some(limit), None) => both(judge_running(facts.started, limit, now, &mut reasons)),
        (Some(limit), Some(ended)) => {
            judge_ended(facts.started, ended, limit, counted, &mut reasons)
        }
    };
    Clock {
        kind: facts.kind,
        clause: facts.clause,
        limit_minutes: facts.limit_minutes,
        started: facts.started,
        due_at: limit.map(|limit| facts.started.earliest + limit),
        ended: facts.ended,
        verdicts,
        verdict: match counted {
            Grade::Server => verdicts.server,
            Grade::Device => verdicts.device,
        },
        reasons,
    }
}

fn both(verdict: ClockVerdict) -> Verdicts {
    Verdicts {
        server: verdict,
        device: verdict,
    }
}

fn judge_running(
    started: Interval,
    limit: Millis,
    now: Timestamp,
    reasons: &mut Vec<ClockReason>,
) -> ClockVerdict {
    if now <= started.earliest + limit {
        return ClockVerdict::Running;
    }
    reasons.push(ClockReason::DeadlinePassed);
    if now <= started.latest + limit {
        reasons.push(ClockReason::StartUnsure);
    }
    ClockVerdict::Overdue
}

fn judge_ended(
    started: Interval,
    ended: &Ended,
    limit: Millis,
    counted: Grade,
    reasons: &mut Vec<ClockReason>,
) -> Verdicts {
    if !started.is_possible() || !ended.b.is_possible() {
        reasons.push(ClockReason::TimeVoid);
        return both(ClockVerdict::CannotTell);
    }
    let device_is_sound = ended.c.is_possible() && ended.b.contains(&ended.c);
    let by_server = Verdict::within(started, ended.b, limit);
    let by_device = if device_is_sound {
        Verdict::within(started, ended.c, limit)
    } else {
        by_server
    };
    let (verdict, span) = match counted {
        Grade::Device if device_is_sound => (by_device, ended.c),
        _ => (by_server, ended.b),
    };
    match verdict {
        Verdict::Met => reasons.push(ClockReason::LatestFits),
        Verdict::Breached => reasons.push(ClockReason::EarliestExceeds),
        Verdict::CannotTell => {
            if span.latest == UNKNOWN_LATEST {
                reasons.push(ClockReason::NotReceipted);
            } else if span.earliest < span.latest {
                reasons.push(ClockReason::EndUnsure);
            }
            if started.earliest < started.latest {
                reasons.push(ClockReason::StartUnsure);
            }
        }
    }
    if by_device != verdict {
        reasons.push(match by_device {
            Verdict::Breached => ClockReason::DeviceSaysBreached,
            Verdict::Met | Verdict::CannotTell => ClockReason::DeviceSaysMet,
        });
    }
    if !device_is_sound {
        reasons.push(ClockReason::DeviceTimeVoid);
    }
    if Verdict::within(started, Interval::exactly(ended.claimed), limit) != verdict {
        reasons.push(ClockReason::ClaimedDiffers);
    }
    Verdicts {
        server: by_server.into(),
        device: by_device.into(),
    }
}
