//! The sheet of labels that go onto the terminals: A4, 3 × 7 labels of 63.5 × 38.1 mm (the
//! common size of label paper), each with the QR code of the terminal's public page, its number
//! for typing, the site and the hotline.

use std::fmt::Write;
use std::io;

use domain::code::CodeSecret;
use domain::code::label::{self, LabelRun};
use domain::register::{Site, Terminal};
use qrcode::{Color, EcLevel, QrCode};

use super::html::{Escaped, Page};
use crate::codes::runs::{current_run, open_run};
use crate::codes::secrets::label_signer;
use crate::config::LabelsArgs;
use crate::keys;
use crate::language::Lang;
use crate::register::Register;
use crate::serve::open_store;
use crate::terminals::placed;
use crate::time_source::{SystemClock, TimeSource as _};

/// Labels on one A4 sheet.
const LABELS_PER_SHEET: usize = 21;

/// `daochang labels`: the sheet for every terminal of the register.
///
/// # Errors
/// When the database cannot be opened or read.
pub async fn printed(args: &LabelsArgs) -> io::Result<String> {
    let store = open_store(&args.data).await?;
    let keys = keys::open(&args.data, &store).await?;
    if let Some(note) = &args.open_run {
        let now = SystemClock::default().now();
        let opened = open_run(&store, keys.codes(), None, note.trim(), "system", now.0);
        opened.await.map_err(io::Error::other)?;
    }
    let register = Register::load(&store).await.map_err(io::Error::other)?;
    let print = Print {
        base: &args.base,
        hotline: &args.hotline,
        runs: &register.label_runs,
        codes: keys.codes(),
    };
    Ok(print.sheet(placed(&register).collect()).render())
}

/// What a sheet is printed with.
pub struct Print<'a> {
    /// Public address that the QR codes point to.
    pub base: &'a str,
    pub hotline: &'a str,
    pub runs: &'a [LabelRun],
    pub codes: &'a CodeSecret,
}

impl Print<'_> {
    /// The whole sheet as HTML. A terminal for which no print run is open gets a label without
    /// signature, and the sheet says so.
    pub fn sheet(&self, mut terminals: Vec<(&Terminal, &Site)>) -> Page<'static> {
        terminals.sort_unstable_by(|(a, _), (b, _)| a.id.cmp(&b.id));
        let mut body = format!(
            "<p class=\"note\">{} 张标签，打印时请选择 A4、100% 比例、无页边距。\
             <span lang=\"en\">{} labels; print on A4 at 100 % without margins.</span></p>",
            terminals.len(),
            terminals.len()
        );
        let is_unsigned = |(terminal, _): &&(&Terminal, &Site)| {
            current_run(self.runs, &terminal.provider).is_none()
        };
        let unsigned = terminals.iter().filter(is_unsigned).count();
        if unsigned > 0 {
            write!(
                body,
                "<p class=\"note\"><strong>其中 {unsigned} 张没有签名：请先在控制台「终端码」开印制批次。</strong>\
                 <span lang=\"en\">{unsigned} of them are not signed: first open a print run under Codes in the console.</span></p>"
            )
            .expect(INFALLIBLE);
        }
        for page in terminals.chunks(LABELS_PER_SHEET) {
            body.push_str("<section class=\"sheet\">\n");
            for (terminal, site) in page {
                body.push_str(&self.label(terminal, site));
            }
            body.push_str("</section>\n");
        }
        Page {
            lang: Lang::Zh,
            title: "终端标签 · Terminal labels",
            style: include_str!("labels.css"),
            script: None,
            body,
        }
    }

    fn label(&self, terminal: &Terminal, site: &Site) -> String {
        let run = current_run(self.runs, &terminal.provider);
        let (text, edition) = match run {
            Some(run) => (
                label::text(
                    self.base,
                    terminal,
                    run.no,
                    &label_signer(self.codes, run.no),
                ),
                format!(" · 第 {} 批", run.no),
            ),
            None => (
                format!("{}/t/{}", self.base.trim_end_matches('/'), terminal.id),
                String::new(),
            ),
        };
        format!(
            "<div class=\"label\">{}<div><strong>扫码报修</strong><span class=\"place\">{}<br>{}</span>\
             <span class=\"id\">{}</span>热线 Hotline {}{edition}</div></div>\n",
            qr_svg(&text),
            Escaped(&site.name),
            Escaped(&terminal.name),
            Escaped(terminal.id.as_str()),
            Escaped(self.hotline)
        )
    }
}

const INFALLIBLE: &str = "writing to a String cannot fail";

/// The QR code of this text as one SVG path with the quiet zone of four modules.
pub fn qr_svg(text: &str) -> String {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return String::new();
    };
    let width = code.width();
    let side = width + 8;
    let mut path = String::new();
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (index % width + 4, index / width + 4);
            write!(path, "M{x} {y}h1v1h-1z").expect(INFALLIBLE);
        }
    }
    format!(
        "<svg viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"QR\">\
         <path d=\"{path}\"/></svg>"
    )
}
