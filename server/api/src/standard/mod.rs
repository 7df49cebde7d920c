//! The standard DB4403/T 503.6—2024, clause by clause: what it demands, what this product does about it, where
//! the rule lives and which screen shows it. One table, from which the page `/standard` and `docs/standard.md`
//! are made; tests hold it to the standard's own list of clauses, to the files and to the routes.
//!
//! Not a rule: nothing here is evaluated. Whoever changes what a clause's entry says changes the entry.

mod general;
mod handling;
pub mod headings;
pub mod markdown;
mod mechanism;
mod objects;
mod organisation;
mod prevention;
mod processes;
mod screens;
#[cfg(test)]
mod tests;

pub use self::headings::Heading;
pub use self::screens::Screen;
use crate::language::{Lang, Wording};

/// The standard's number, as it is cited everywhere.
pub const STANDARD: &str = "DB4403/T 503.6—2024";

/// A sentence in both languages.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    pub zh: &'static str,
    pub en: &'static str,
}

impl Words {
    /// In this language.
    pub fn pick(self, lang: Lang) -> &'static str {
        lang.pick(self.zh, self.en)
    }
}

const fn words(zh: &'static str, en: &'static str) -> Words {
    Words { zh, en }
}

/// How far the product does what the clause demands.
#[derive(Debug, Clone, Copy)]
pub enum State {
    Works,
    /// Something works; what does not is named.
    InPart(Words),
    NotYet,
}

impl State {
    /// The state in one word.
    pub fn name(self) -> Words {
        match self {
            State::Works => words("已实现", "works"),
            State::InPart(_) => words("部分实现", "in part"),
            State::NotYet => words("尚未实现", "not yet"),
        }
    }

    /// The same as a sign, for lists that have no room for the word.
    pub fn sign(self) -> char {
        match self {
            State::Works => '●',
            State::InPart(_) => '◐',
            State::NotYet => '○',
        }
    }
}

/// Which part of the product finishes what is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// From the report to the closed work order.
    WorkOrders,
    /// Registers, roles, inspections, prevention, follow-up: what an authority governs the service by.
    Governing,
}

impl Part {
    /// Where what is missing belongs, in words.
    pub fn name(self) -> Words {
        match self {
            Part::WorkOrders => words(
                "属于「从报障到结单」，正在建设",
                "belongs to “From the report to the closed work order”, under way",
            ),
            Part::Governing => words(
                "属于「服务治理」，尚未完成",
                "belongs to “Governing the service”, not done yet",
            ),
        }
    }
}

/// What there is to say about one clause of the standard.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// As people cite it: `9.2 a`; a paragraph of a chapter without numbers is `5 ¶1`.
    pub number: &'static str,
    /// What the standard demands, in its own words as far as they are short.
    pub demand: Words,
    /// What the product does, with our reading where the text leaves something open.
    pub answer: Words,
    pub state: State,
    /// Where what is missing belongs.
    pub part: Part,
    /// Files and folders of the rule, from the repository's root.
    pub code: &'static [&'static str],
    /// Tests that fail when it is broken, as `file::name`.
    pub tests: &'static [&'static str],
    pub screens: &'static [Screen],
}

impl Entry {
    /// The name of its place on the page: `9.2a`, `5-1`.
    pub fn anchor(&self) -> String {
        self.number.replace(" ¶", "-").replace(' ', "")
    }

    /// The chapter it stands in: `9`.
    pub fn chapter(&self) -> &'static str {
        let end = self.number.find(['.', ' ']).unwrap_or(self.number.len());
        &self.number[..end]
    }

    /// The nearest heading above it: that of `9.2` for `9.2 a`.
    pub fn heading(&self) -> &'static Heading {
        headings::above(self.number).expect("a test finds a heading for every entry")
    }
}

/// The entry of a clause for which nothing is there yet; `plan` says how it will be read and built.
const fn planned(number: &'static str, part: Part, demand: Words, plan: Words) -> Entry {
    Entry {
        number,
        demand,
        answer: plan,
        state: State::NotYet,
        part,
        code: &[],
        tests: &[],
        screens: &[],
    }
}

/// Every clause in the standard's order.
pub fn entries() -> impl Iterator<Item = &'static Entry> + Clone {
    [
        general::ENTRIES,
        objects::ENTRIES,
        mechanism::ENTRIES,
        prevention::ENTRIES,
        handling::ENTRIES,
        organisation::ENTRIES,
        processes::ENTRIES,
    ]
    .into_iter()
    .flatten()
}

/// How many clauses work, work in part, do not work yet.
pub fn counts() -> [(State, usize); 3] {
    let mut counts = [
        (State::Works, 0),
        (State::InPart(words("", "")), 0),
        (State::NotYet, 0),
    ];
    for entry in entries() {
        let place = match entry.state {
            State::Works => 0,
            State::InPart(_) => 1,
            State::NotYet => 2,
        };
        counts[place].1 += 1;
    }
    counts
}
