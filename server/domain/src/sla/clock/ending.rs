//! A clock that has stopped, read by each grade of trust, and the reasons that go with the reading
//! that counts. The grades are read side by side and never mixed.

use super::{ClockFacts, ClockReason, Ended, Grade, Verdicts};
use crate::interval::UNKNOWN_LATEST;
use crate::time::{Interval, Millis, Verdict};

/// Start, end and limit of a stopped clock.
pub(super) struct Ending<'a> {
    started: Interval,
    started_external: Option<Interval>,
    ended: &'a Ended,
    limit: Millis,
}

/// One grade's reading: start and end as that grade knows them, and what follows.
#[derive(Clone, Copy)]
struct Reading {
    started: Interval,
    ended: Interval,
    verdict: Verdict,
}

impl<'a> Ending<'a> {
    /// The clock of these facts, which ended so.
    pub(super) fn of(facts: &ClockFacts, ended: &'a Ended, limit: Millis) -> Self {
        Self {
            started: facts.started,
            started_external: facts.started_external,
            ended,
            limit,
        }
    }

    /// The verdict by every grade; the reasons are those of the counted one, and what speaks
    /// against it.
    pub(super) fn judge(&self, counted: Grade, reasons: &mut Vec<ClockReason>) -> Verdicts {
        let external = self.external();
        let server = self.server();
        let device = server.and_then(|server| self.device().or(Some(server)));
        let counting = match counted {
            Grade::External => external.ok(),
            Grade::Server => server,
            Grade::Device => device,
        };
        if let Some(reading) = counting {
            explain(reading, counted, reasons);
        }
        if server.is_none() {
            reasons.push(ClockReason::TimeVoid);
        }
        let verdict = counting.map_or(Verdict::CannotTell, |reading| reading.verdict);
        self.contradict(verdict, counted, device, external, reasons);
        if server.is_some() && self.device().is_none() {
            reasons.push(ClockReason::DeviceTimeVoid);
        }
        let claimed = Interval::exactly(self.ended.claimed);
        if let Some(reading) = counting
            && Verdict::within(reading.started, claimed, self.limit) != verdict
        {
            reasons.push(ClockReason::ClaimedDiffers);
        }
        let told = |reading: Option<Reading>| {
            reading.map_or(Verdict::CannotTell, |reading| reading.verdict)
        };
        Verdicts {
            external: told(external.ok()).into(),
            server: told(server).into(),
            device: told(device).into(),
        }
    }

    /// Names the other grades that come to another verdict.
    fn contradict(
        &self,
        verdict: Verdict,
        counted: Grade,
        device: Option<Reading>,
        external: Result<Reading, ClockReason>,
        reasons: &mut Vec<ClockReason>,
    ) {
        let device = device.filter(|_| counted != Grade::External);
        match device.map(|reading| reading.verdict) {
            Some(Verdict::Breached) if verdict != Verdict::Breached => {
                reasons.push(ClockReason::DeviceSaysBreached);
            }
            Some(Verdict::Met) if verdict != Verdict::Met => {
                reasons.push(ClockReason::DeviceSaysMet);
            }
            _ => {}
        }
        match external.map(|reading| reading.verdict) {
            // That nobody outside vouches yet is worth a word only where it decides.
            Err(ClockReason::ExternalMissing) if counted != Grade::External => {}
            Err(reason) => reasons.push(reason),
            Ok(Verdict::Met) if verdict != Verdict::Met => {
                reasons.push(ClockReason::ExternalSaysMet);
            }
            Ok(Verdict::Breached) if verdict != Verdict::Breached => {
                reasons.push(ClockReason::ExternalSaysBreached);
            }
            Ok(_) => {}
        }
    }

    /// Grade A, or why there is none.
    fn external(&self) -> Result<Reading, ClockReason> {
        let (Some(started), Some(ended)) = (self.started_external, self.ended.a) else {
            return Err(ClockReason::ExternalMissing);
        };
        self.reading(started, ended)
            .ok_or(ClockReason::ExternalTimeVoid)
    }

    /// Grade B; none if the proved times contradict each other.
    fn server(&self) -> Option<Reading> {
        self.reading(self.started, self.ended.b)
    }

    /// Grade C; none if the phone's clock contradicts the proved times.
    fn device(&self) -> Option<Reading> {
        let is_sound = self.ended.b.contains(&self.ended.c);
        self.reading(self.started, self.ended.c)
            .filter(|_| is_sound)
    }

    fn reading(&self, started: Interval, ended: Interval) -> Option<Reading> {
        (started.is_possible() && ended.is_possible()).then(|| Reading {
            started,
            ended,
            verdict: Verdict::within(started, ended, self.limit),
        })
    }
}

/// Why the counted reading comes to its verdict.
fn explain(reading: Reading, counted: Grade, reasons: &mut Vec<ClockReason>) {
    let Reading { started, ended, .. } = reading;
    match reading.verdict {
        Verdict::Met => reasons.push(ClockReason::LatestFits),
        Verdict::Breached => reasons.push(ClockReason::EarliestExceeds),
        Verdict::CannotTell => {
            if ended.latest == UNKNOWN_LATEST {
                reasons.push(if counted == Grade::External {
                    ClockReason::ExternalMissing
                } else {
                    ClockReason::NotReceipted
                });
            } else if ended.earliest < ended.latest {
                reasons.push(ClockReason::EndUnsure);
            }
            if started.earliest < started.latest {
                reasons.push(ClockReason::StartUnsure);
            }
        }
    }
}
