//! The duty roster 值班表 (A19): who is responsible for a terminal at an instant, who stands in, and who the
//! leaders above them are. A roster belongs to one provider and to a terminal, a site, or everything of the
//! provider; the nearest one that answers counts. Every version is kept. Pure: the instant is an argument.

use serde::{Deserialize, Serialize};

use crate::ids::{OrgId, PersonId};
use crate::sla::calendar::{Calendar, CivilDate};
use crate::sla::escalation::{Rung, Step};
use crate::text::coded;
use crate::time::Timestamp;

const DAY_MINUTES: i64 = 24 * 60;
/// More shifts than anybody reads.
pub const SHIFTS_MAX: usize = 40;
/// Leaders one above the other, and people on one rung.
pub const LADDER_MAX: usize = 5;

/// What a roster is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    Terminal,
    Site,
    /// Everything the provider maintains that has no roster of its own.
    Provider,
}

/// One version of a roster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roster {
    pub provider: OrgId,
    pub place: Place,
    /// The terminal, the site, or the provider.
    pub subject: String,
    /// Counts up with every change.
    pub version: u32,
    /// The first that covers an instant counts.
    pub shifts: Vec<Shift>,
    /// Leaders above whoever is on duty, nearest first; those of one rung are told together.
    pub ladder: Vec<Vec<PersonId>>,
}

/// On which days a shift begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Days {
    Every,
    /// Working days 工作日 with make-up Saturdays and without holidays.
    Working,
    /// All others.
    Off,
}

/// Hours of duty, Shenzhen time. An end that is not after the beginning lies on the next day, which then
/// belongs to the day the shift began on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    pub days: Days,
    /// Minutes after midnight, 0 to 1439.
    pub from_minute: u16,
    /// Minutes after midnight, 0 to 1439; the shift ends before this minute.
    pub to_minute: u16,
    pub person: PersonId,
    pub deputy: Option<PersonId>,
}

coded! {
    /// Why a roster cannot stand.
    RosterRefusal {
        TooManyShifts "too_many_shifts"
            "班次过多，最多 40 条。" "There are more than 40 shifts.";
        MinuteOutOfRange "minute_out_of_range"
            "值班时间应在 0:00 至 23:59 之间。" "Hours of duty lie between 0:00 and 23:59.";
        OwnDeputy "own_deputy"
            "替班人不能是值班人本人。" "Nobody is their own deputy.";
        LadderTooLong "ladder_too_long"
            "上级最多 5 级，每级最多 5 人。" "There are at most 5 rungs of leaders with 5 people each.";
        EmptyRung "empty_rung"
            "每一级上级至少要有一人。" "Each rung of leaders needs somebody.";
    }
}

impl Roster {
    /// Whether it can stand by itself; whether its people exist is the caller's to ask.
    ///
    /// # Errors
    /// The first rule it breaks.
    pub fn check(&self) -> Result<(), RosterRefusal> {
        if self.shifts.len() > SHIFTS_MAX {
            return Err(RosterRefusal::TooManyShifts);
        }
        for shift in &self.shifts {
            let in_day = |minute: u16| i64::from(minute) < DAY_MINUTES;
            if !in_day(shift.from_minute) || !in_day(shift.to_minute) {
                return Err(RosterRefusal::MinuteOutOfRange);
            }
            if shift.deputy.as_ref() == Some(&shift.person) {
                return Err(RosterRefusal::OwnDeputy);
            }
        }
        let is_long = |rung: &Vec<PersonId>| rung.len() > LADDER_MAX;
        if self.ladder.len() > LADDER_MAX || self.ladder.iter().any(is_long) {
            return Err(RosterRefusal::LadderTooLong);
        }
        if self.ladder.iter().any(Vec::is_empty) {
            return Err(RosterRefusal::EmptyRung);
        }
        Ok(())
    }

    /// Everybody it names.
    pub fn people(&self) -> impl Iterator<Item = &PersonId> {
        let on_duty = self
            .shifts
            .iter()
            .flat_map(|shift| std::iter::once(&shift.person).chain(&shift.deputy));
        on_duty.chain(self.ladder.iter().flatten())
    }

    /// The shift that covers this instant.
    pub fn on_duty(&self, calendar: &Calendar, at: Timestamp) -> Option<&Shift> {
        self.shifts.iter().find(|shift| shift.covers(calendar, at))
    }
}

impl Shift {
    /// Whether it runs at this instant.
    pub fn covers(&self, calendar: &Calendar, at: Timestamp) -> bool {
        let (day, minute) = Calendar::day_and_minute(at);
        let (from, to) = (i64::from(self.from_minute), i64::from(self.to_minute));
        let begins_on = |day: i64| {
            let is_worked = calendar.is_working_day(CivilDate::from_day_number(day));
            match self.days {
                Days::Every => true,
                Days::Working => is_worked,
                Days::Off => !is_worked,
            }
        };
        if from < to {
            return (from..to).contains(&minute) && begins_on(day);
        }
        (minute >= from && begins_on(day)) || (minute < to && begins_on(day - 1))
    }
}

/// What the rosters around a terminal say at an instant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Duty {
    pub person: Option<PersonId>,
    pub deputy: Option<PersonId>,
    pub ladder: Vec<Vec<PersonId>>,
}

impl Duty {
    /// By these rosters, nearest first: the first that has somebody on duty, and the first that names
    /// leaders.
    pub fn at<'a>(
        rosters: impl IntoIterator<Item = &'a Roster>,
        calendar: &Calendar,
        at: Timestamp,
    ) -> Self {
        let mut duty = Self::default();
        for roster in rosters {
            if duty.person.is_none() {
                let shift = roster.on_duty(calendar, at);
                duty.person = shift.map(|shift| shift.person.clone());
                duty.deputy = shift.and_then(|shift| shift.deputy.clone());
            }
            if duty.ladder.is_empty() {
                duty.ladder.clone_from(&roster.ladder);
            }
        }
        duty
    }

    /// Whom a step reaches: first whoever has the work order, or who is on duty while nobody has it; then
    /// the deputy as well; then the leaders, one rung after the other. Beyond the last rung that the roster
    /// knows, the last one hears it again.
    pub fn told(&self, step: &Step, technician: Option<&PersonId>) -> Vec<PersonId> {
        let responsible = technician.or(self.person.as_ref());
        let mut told: Vec<PersonId> = match step.rung {
            Rung::Warning => responsible.into_iter().cloned().collect(),
            Rung::Overdue => responsible
                .into_iter()
                .chain(&self.deputy)
                .cloned()
                .collect(),
            Rung::Leader(above) => {
                let at = usize::from(above.saturating_sub(1));
                let last = self.ladder.len().saturating_sub(1);
                self.ladder.get(at.min(last)).cloned().unwrap_or_default()
            }
        };
        told.dedup();
        told
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sla::clock::ClockKind;
    use crate::time::Millis;

    fn person(name: &str) -> PersonId {
        name.parse().unwrap()
    }

    fn at(date: &str, hour: i64, minute: i64) -> Timestamp {
        let day = date.parse::<CivilDate>().unwrap().day_number();
        Timestamp(((day * 24 + hour - 8) * 60 + minute) * 60_000)
    }

    fn shift(days: Days, from: u16, to: u16, who: &str) -> Shift {
        Shift {
            days,
            from_minute: from,
            to_minute: to,
            person: person(who),
            deputy: Some(person("P-99")),
        }
    }

    fn roster(shifts: Vec<Shift>) -> Roster {
        Roster {
            provider: "O-KEDA".parse().unwrap(),
            place: Place::Provider,
            subject: "O-KEDA".into(),
            version: 1,
            shifts,
            ladder: vec![vec![person("P-1")], vec![person("P-2"), person("P-3")]],
        }
    }

    fn on_duty(roster: &Roster, at: Timestamp) -> Option<String> {
        let shift = roster.on_duty(&Calendar::built_in(), at);
        shift.map(|shift| shift.person.to_string())
    }

    /// Day by day, night by night from every day, and somebody for days off.
    fn week() -> Roster {
        roster(vec![
            shift(Days::Working, 9 * 60, 18 * 60, "P-DAY"),
            shift(Days::Off, 9 * 60, 18 * 60, "P-OFF"),
            shift(Days::Working, 18 * 60, 9 * 60, "P-NIGHT"),
        ])
    }

    #[test]
    fn hours_begin_with_their_first_minute_and_end_before_their_last() {
        let monday = "2026-11-23";
        for (hour, minute, expected) in [
            (8, 59, None),
            (9, 0, Some("P-DAY")),
            (17, 59, Some("P-DAY")),
            (18, 0, Some("P-NIGHT")),
            (23, 59, Some("P-NIGHT")),
        ] {
            // The night before Monday began on a Sunday, which is no working day.
            assert_eq!(
                on_duty(&week(), at(monday, hour, minute)).as_deref(),
                expected,
                "{hour}:{minute}"
            );
        }
        let last = at(monday, 9, 0) - Millis(1);
        assert_eq!(on_duty(&week(), last), None);
    }

    #[test]
    fn a_night_belongs_to_the_day_it_began_on() {
        // Friday's night runs into Saturday, Saturday's own does not exist.
        assert_eq!(
            on_duty(&week(), at("2026-11-28", 3, 0)).as_deref(),
            Some("P-NIGHT")
        );
        assert_eq!(
            on_duty(&week(), at("2026-11-28", 9, 0)).as_deref(),
            Some("P-OFF")
        );
        assert_eq!(on_duty(&week(), at("2026-11-28", 20, 0)), None);
        assert_eq!(on_duty(&week(), at("2026-11-29", 3, 0)), None);
    }

    #[test]
    fn make_up_saturdays_are_worked_and_holidays_are_not() {
        // 2026-02-14 is a Saturday that is worked, 2026-02-17 a Tuesday of the Spring Festival.
        assert_eq!(
            on_duty(&week(), at("2026-02-14", 10, 0)).as_deref(),
            Some("P-DAY")
        );
        assert_eq!(
            on_duty(&week(), at("2026-02-17", 10, 0)).as_deref(),
            Some("P-OFF")
        );
    }

    #[test]
    fn a_shift_that_ends_where_it_begins_is_a_whole_day() {
        let roster = roster(vec![shift(Days::Every, 8 * 60, 8 * 60, "P-ALL")]);
        for hour in 0..24 {
            assert_eq!(
                on_duty(&roster, at("2026-12-31", hour, 30)).as_deref(),
                Some("P-ALL")
            );
        }
    }

    #[test]
    fn the_nearest_roster_that_answers_counts_and_leaders_may_stand_in_another() {
        let mut near = roster(vec![shift(Days::Every, 9 * 60, 10 * 60, "P-NEAR")]);
        near.ladder.clear();
        let far = roster(vec![shift(Days::Every, 0, 0, "P-FAR")]);
        let duty = |hour| {
            Duty::at(
                [&near, &far],
                &Calendar::built_in(),
                at("2026-11-24", hour, 0),
            )
        };
        assert_eq!(duty(9).person, Some(person("P-NEAR")));
        assert_eq!(duty(10).person, Some(person("P-FAR")));
        assert_eq!(duty(9).ladder, far.ladder);
        assert_eq!(
            Duty::at([], &Calendar::built_in(), at("2026-11-24", 9, 0)),
            Duty::default()
        );
    }

    #[test]
    fn each_rung_reaches_who_stands_on_it() {
        let duty = Duty {
            person: Some(person("P-DUTY")),
            deputy: Some(person("P-DEPUTY")),
            ladder: vec![vec![person("P-1")], vec![person("P-2"), person("P-3")]],
        };
        let told = |rung, technician: Option<&PersonId>| {
            let step = Step {
                at: Timestamp(0),
                clock: ClockKind::Response,
                rung,
            };
            let told = duty.told(&step, technician);
            told.iter().map(PersonId::to_string).collect::<Vec<_>>()
        };
        let lin = person("P-LIN");
        assert_eq!(told(Rung::Warning, None), ["P-DUTY"]);
        assert_eq!(told(Rung::Warning, Some(&lin)), ["P-LIN"]);
        assert_eq!(told(Rung::Overdue, Some(&lin)), ["P-LIN", "P-DEPUTY"]);
        let deputy = person("P-DEPUTY");
        assert_eq!(told(Rung::Overdue, Some(&deputy)), ["P-DEPUTY"]);
        assert_eq!(told(Rung::Leader(1), None), ["P-1"]);
        assert_eq!(told(Rung::Leader(2), None), ["P-2", "P-3"]);
        assert_eq!(told(Rung::Leader(3), None), ["P-2", "P-3"]);
        let nobody = Duty::default();
        let step = Step {
            at: Timestamp(0),
            clock: ClockKind::Response,
            rung: Rung::Leader(1),
        };
        assert!(nobody.told(&step, None).is_empty());
    }

    #[test]
    fn a_roster_that_cannot_stand_is_refused_by_name() {
        let good = || roster(vec![shift(Days::Every, 0, 1_439, "P-1")]);
        assert_eq!(good().check(), Ok(()));
        let mut late = good();
        late.shifts[0].to_minute = 1_440;
        assert_eq!(late.check(), Err(RosterRefusal::MinuteOutOfRange));
        let mut own = good();
        own.shifts[0].deputy = Some(person("P-1"));
        assert_eq!(own.check(), Err(RosterRefusal::OwnDeputy));
        let mut many = good();
        many.shifts = vec![many.shifts[0].clone(); SHIFTS_MAX];
        assert_eq!(many.check(), Ok(()));
        many.shifts.push(many.shifts[0].clone());
        assert_eq!(many.check(), Err(RosterRefusal::TooManyShifts));
        let mut long = good();
        long.ladder = vec![vec![person("P-1")]; LADDER_MAX + 1];
        assert_eq!(long.check(), Err(RosterRefusal::LadderTooLong));
        long.ladder = vec![vec![person("P-1"); LADDER_MAX + 1]];
        assert_eq!(long.check(), Err(RosterRefusal::LadderTooLong));
        long.ladder = vec![vec![]];
        assert_eq!(long.check(), Err(RosterRefusal::EmptyRung));
    }

    proptest! {
        /// Day and night together leave no gap, whatever the hour at which they change.
        #[test]
        fn two_shifts_that_meet_cover_every_minute(change in 0_u16..1_440, back in 0_u16..1_440, minute in 0_i64..600_000) {
            prop_assume!(change != back);
            let roster = roster(vec![shift(Days::Every, change, back, "P-A"), shift(Days::Every, back, change, "P-B")]);
            let at = at("2026-01-01", 0, 0) + Millis::minutes(minute);
            let covered = roster.shifts.iter().filter(|shift| shift.covers(&Calendar::built_in(), at)).count();
            prop_assert_eq!(covered, 1);
        }

        #[test]
        fn somebody_is_on_duty_on_exactly_one_sort_of_day(minute in 0_i64..1_500_000) {
            let at = at("2024-01-01", 0, 0) + Millis::minutes(minute);
            let covers = |days| shift(days, 0, 0, "P-A").covers(&Calendar::built_in(), at);
            prop_assert!(covers(Days::Every));
            prop_assert!(covers(Days::Working) != covers(Days::Off));
        }
    }
}
