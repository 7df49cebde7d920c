//! One limit, judged: from when, until when, met, breached or cannot tell, and why. The moments
//! are intervals, so there is a verdict per grade: by what witnesses outside can prove, by what the
//! server can, and by what the phone's monotonic clock adds. The policy names the one that counts; the phone's wall clock never does.
//! Which facts start and end a clock is decided by the work order, not here.

mod ending;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use self::ending::Ending;
use crate::text::coded;
use crate::time::{Interval, Millis, Timestamp, Verdict};

/// Which limit of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

/// How much has to be trusted for a time: only witnesses outside (grade A), the server's receipts
/// (grade B), or the phone's monotonic clock as well (grade C).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    External,
    Server,
    Device,
}

/// When the act happened that stops a clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Proved by witnesses outside; none while nothing is known from them.
    pub a: Option<Interval>,
    /// Proved by the server's receipts, as far as the log bears them out.
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
    /// By the server.
    pub started: Interval,
    /// By witnesses outside; none while nothing is known from them.
    pub started_external: Option<Interval>,
    pub ended: Option<Ended>,
    /// What the log makes of the receipts that bound start and end.
    pub doubts: LogDoubts,
}

/// What the log makes of receipts; both false while nothing speaks against them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogDoubts {
    /// One was logged later than the merge delay.
    pub late_logged: bool,
    /// One is dated ahead of the witnesses.
    pub clock_ahead: bool,
}

impl LogDoubts {
    /// What either of two moments is in doubt for.
    pub fn or(self, other: Self) -> Self {
        Self {
            late_logged: self.late_logged || other.late_logged,
            clock_ahead: self.clock_ahead || other.clock_ahead,
        }
    }
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
    pub external: ClockVerdict,
    pub server: ClockVerdict,
    pub device: ClockVerdict,
}

/// A judged clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    pub kind: ClockKind,
    pub clause: Clause,
    pub limit_minutes: Option<u32>,
    /// By the server.
    pub started: Interval,
    /// By witnesses outside; none while nothing is known from them.
    pub started_external: Option<Interval>,
    /// The deadline to show: counted from the earliest possible start, so that who keeps it has
    /// surely kept the limit.
    pub due_at: Option<Timestamp>,
    pub ended: Option<Ended>,
    pub verdicts: Verdicts,
    /// The one of them that counts.
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
        ExternalMissing "external_missing"
            "还没有外部见证的时间，按外部见证不能判定" "There is no external time yet, so by witnesses outside it cannot be told";
        ExternalSaysMet "external_says_met"
            "按外部见证的时间为按时" "By the time of witnesses outside it was in time";
        ExternalSaysBreached "external_says_breached"
            "按外部见证的时间为超时，需要核查服务器时间" "By the time of witnesses outside it was late; look into the server's times";
        ExternalTimeVoid "external_time_void"
            "外部见证的时间前后矛盾，未采用，需要核查" "The times of witnesses outside contradict each other and were not used; this needs an investigation";
        LateLogged "late_logged"
            "服务器回执写入公开日志过晚，改按日志能证明的时间计算" "A receipt entered the public log too late, so the time that the log proves was used instead";
        ClockAhead "server_clock_ahead"
            "服务器回执的时间晚于外部见证的时间，未用来证明最早时刻" "A receipt is dated later than witnesses outside had seen it, so it does not prove the earliest moment";
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
            all(if ended.is_some() {
                ClockVerdict::Met
            } else {
                ClockVerdict::Running
            })
        }
        (Some(limit), None) => all(judge_running(facts.started, limit, now, &mut reasons)),
        (Some(limit), Some(ended)) => Ending::of(facts, ended, limit).judge(counted, &mut reasons),
    };
    if facts.doubts.late_logged {
        reasons.push(ClockReason::LateLogged);
    }
    if facts.doubts.clock_ahead {
        reasons.push(ClockReason::ClockAhead);
    }
    Clock {
        kind: facts.kind,
        clause: facts.clause,
        limit_minutes: facts.limit_minutes,
        started: facts.started,
        started_external: facts.started_external,
        due_at: limit.map(|limit| facts.started.earliest + limit),
        ended: facts.ended,
        verdicts,
        verdict: match counted {
            Grade::External => verdicts.external,
            Grade::Server => verdicts.server,
            Grade::Device => verdicts.device,
        },
        reasons,
    }
}

fn all(verdict: ClockVerdict) -> Verdicts {
    Verdicts {
        external: verdict,
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
