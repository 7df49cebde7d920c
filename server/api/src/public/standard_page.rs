//! `/standard`: every clause of the standard, what it demands, what is done about it, where the rule lives and
//! which screen shows it. Made from the table [`crate::standard`]; prints on A4.

use std::fmt::Write;

use super::html::{Escaped, Page, Phone};
use super::terminal_page::toggle;
use crate::language::{Lang, Wording};
use crate::standard::{Entry, Heading, STANDARD, Screen, State, counts, entries, headings};

const INFALLIBLE: &str = "writing to a string cannot fail";

/// The page.
pub fn page(lang: Lang, hotline: &str) -> Page<'static> {
    let mut body = format!(
        "<header><p>{}</p>{}</header><main><h1>{STANDARD}<br>{}</h1>",
        lang.pick("到场 · 标准对照", "Daochang · the standard"),
        toggle(lang),
        lang.pick("逐条对照", "Clause by clause"),
    );
    body.push_str(&explanation(lang));
    body.push_str(&tally(lang));
    body.push_str(&contents(lang));
    for chapter in chapters() {
        write!(
            body,
            "<h2>{} {}</h2>",
            chapter.number,
            Escaped(chapter.title.pick(lang))
        )
        .expect(INFALLIBLE);
        for entry in entries_of(chapter) {
            article(&mut body, lang, entry);
        }
    }
    write!(
        body,
        "</main><footer><p><a href=\"/log?lang={}\">{}</a> · {} {}</p></footer>",
        lang.tag(),
        lang.pick("公开日志", "Public log"),
        lang.pick("服务热线", "Hotline"),
        Phone(hotline)
    )
    .expect(INFALLIBLE);
    Page {
        lang,
        title: lang.pick("标准逐条对照 · 到场", "The standard · Daochang"),
        style: include_str!("standard.css"),
        script: None,
        body,
    }
}

fn chapters() -> impl Iterator<Item = &'static Heading> {
    headings::HEADINGS
        .iter()
        .filter(|heading| heading.is_chapter())
}

fn entries_of(chapter: &Heading) -> impl Iterator<Item = &'static Entry> {
    entries().filter(|entry| entry.chapter() == chapter.number)
}

fn explanation(lang: Lang) -> String {
    format!(
        "<p>{}</p>",
        lang.pick(
            "深圳市地方标准《政务服务自助服务终端一体化技术规范 第6部分：运维》，2024-10-01 实施。每一条写明：标准要求什么，本系统怎么做（条文有歧义的，写明我们的读法），规则在代码的哪里，在哪个界面。没做完的如实写明还缺什么。",
            "Shenzhen's standard for operating government self-service terminals, in force since 2024-10-01. For each clause: what it demands, what this system does about it (with our reading where the text leaves something open), where the rule lives in the code, and on which screen it is. What is missing is named.",
        )
    )
}

fn tally(lang: Lang) -> String {
    let boxes = counts().map(|(state, count)| {
        format!(
            "<li class=\"{}\"><b>{count}</b> {} {}",
            class(state),
            state.sign(),
            state.name().pick(lang)
        )
    });
    format!("<ul class=\"tally\">{}</ul>", boxes.concat())
}

fn contents(lang: Lang) -> String {
    let mut html = format!("<nav aria-label=\"{}\">", lang.pick("目录", "Contents"));
    for chapter in chapters() {
        let title = Escaped(chapter.title.pick(lang));
        let class = match entries_of(chapter).count() {
            1 => " class=\"one\"",
            _ => "",
        };
        write!(html, "<p{class}><span>{} {title}</span>", chapter.number).expect(INFALLIBLE);
        for entry in entries_of(chapter) {
            write!(
                html,
                " <a href=\"#{}\">{} {}</a>",
                entry.anchor(),
                entry.number,
                entry.state.sign()
            )
            .expect(INFALLIBLE);
        }
    }
    html.push_str("</nav>");
    html
}

/// One clause. `</dd>` and the like may be left out in HTML, and fifty clauses would spend kilobytes on them.
fn article(html: &mut String, lang: Lang, entry: &Entry) {
    write!(
        html,
        "\n<article id=\"{}\"><h3>{} {} <em class=\"{}\">{} {}</em></h3><blockquote>{}</blockquote><div>",
        entry.anchor(),
        entry.number,
        Escaped(entry.heading().title.pick(lang)),
        class(entry.state),
        entry.state.sign(),
        entry.state.name().pick(lang),
        Escaped(entry.demand.pick(lang)),
    )
    .expect(INFALLIBLE);
    write!(html, "<p>{}", Escaped(entry.answer.pick(lang))).expect(INFALLIBLE);
    match entry.state {
        State::Works => {}
        State::InPart(missing) => {
            let name = lang.pick("还缺：", "Missing: ");
            let missing = Escaped(missing.pick(lang));
            let part = entry.part.name().pick(lang);
            write!(
                html,
                "<p class=\"gap\"><b>{name}</b>{missing} <i>{part}</i>"
            )
            .expect(INFALLIBLE);
        }
        State::NotYet => {
            write!(
                html,
                "<p class=\"gap\"><i>{}</i>",
                entry.part.name().pick(lang)
            )
            .expect(INFALLIBLE);
        }
    }
    if !entry.screens.is_empty() {
        let screens = entry.screens.iter().map(|screen| link(lang, screen));
        let name = lang.pick("界面：", "Screens: ");
        let screens: Vec<String> = screens.collect();
        write!(html, "<p>{name}{}", screens.join(lang.pick("、", ", "))).expect(INFALLIBLE);
    }
    if !entry.code.is_empty() {
        let name = lang.pick("规则：", "Rule: ");
        write!(
            html,
            "<p>{name}<code>{}</code>",
            entry.code.join("</code> <code>")
        )
        .expect(INFALLIBLE);
    }
    html.push_str("</div></article>");
}

fn class(state: State) -> &'static str {
    match state {
        State::Works => "y",
        State::InPart(_) => "p",
        State::NotYet => "n",
    }
}

/// A screen of one terminal or work order is opened from its list, or by scanning.
fn link(lang: Lang, screen: &Screen) -> String {
    let name = lang.pick(screen.zh, screen.en);
    match screen.opens {
        Some(address) => format!("<a href=\"{address}\">{name}</a>"),
        None => format!("{name} <code>{}</code>", screen.route),
    }
}
