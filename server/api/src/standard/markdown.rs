//! `daochang standard`: the table as `docs/standard.md`, in both languages. `scripts/generate` keeps the file fresh.

use std::fmt::Write;

use super::{Entry, Heading, STANDARD, Screen, State, Words, counts, entries, headings};

const INFALLIBLE: &str = "writing to a string cannot fail";

/// The whole document.
pub fn printed() -> String {
    let mut text = format!(
        "# {STANDARD}：逐条对照 · clause by clause\n\n\
         <!-- Printed by `daochang standard` from server/api/src/standard; run scripts/generate, do not edit. -->\n\n\
         `/standard` 显示同一张表。The page `/standard` shows the same table.\n\n\
         | 状态 · State | 条数 · Clauses |\n|---|---|\n"
    );
    for (state, count) in counts() {
        writeln!(text, "| {} | {count} |", marked(state)).expect(INFALLIBLE);
    }
    for chapter in headings::HEADINGS.iter().filter(|one| one.is_chapter()) {
        write!(text, "\n## {} {}\n", chapter.number, both(chapter.title)).expect(INFALLIBLE);
        for entry in entries().filter(|entry| entry.chapter() == chapter.number) {
            text.push_str(&section(entry, entry.heading()));
        }
    }
    text
}

fn section(entry: &Entry, heading: &Heading) -> String {
    let mut text = format!(
        "\n### {} {}\n\n{}",
        entry.number,
        both(heading.title),
        marked(entry.state)
    );
    if !matches!(entry.state, State::Works) {
        write!(text, " — {}", both(entry.part.name())).expect(INFALLIBLE);
    }
    text.push_str("\n\n");
    let mut line = |name: &str, value: &str| {
        writeln!(text, "- **{name}** {value}").expect(INFALLIBLE);
    };
    line("标准要求 · Demand", &both(entry.demand));
    line("怎么做 · Answer", &both(entry.answer));
    if let State::InPart(missing) = entry.state {
        line("还缺 · Missing", &both(missing));
    }
    if !entry.code.is_empty() {
        line("代码 · Code", &quoted(entry.code));
    }
    if !entry.tests.is_empty() {
        line("测试 · Tests", &quoted(entry.tests));
    }
    if !entry.screens.is_empty() {
        let screens: Vec<String> = entry.screens.iter().map(named).collect();
        line("界面 · Screens", &screens.join(", "));
    }
    text
}

fn marked(state: State) -> String {
    format!("{} {}", state.sign(), both(state.name()))
}

fn both(words: Words) -> String {
    format!("{} · {}", words.zh, words.en)
}

fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}

fn named(screen: &Screen) -> String {
    format!("{} · {} `{}`", screen.zh, screen.en, screen.route)
}
