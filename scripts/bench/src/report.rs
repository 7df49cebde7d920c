//! The table: our medians beside what a user would pick instead, measured on the same machine
//! with the same workloads and the same pinning.

use std::fmt::Write as _;

use crate::measure::{Measured, Round};
use crate::stats::{median, ms};

const HEAD: &str = "\
# What the server does on one core

Written by `scripts/bench/run`. The server with its database runs on core 0, the load generator on core 1, plain HTTP
on the loopback, release build; every figure is the median of three runs. The other columns are other products under
the same workloads with the same pinning on the same kind of machine, measured 2026-11-24.
";

const FOOT: &str = "
## Read these before comparing
- **W1** pushes batches of 20 events into a store that already has data; latency is that of a batch. Ours verifies the
  P-256 signature of every event, places it in its device's chain, judges it by the rules, folds it into its work order
  and answers with a signed receipt, all in one transaction that is on disk before the answer. The others verify nothing.
- \\* not on disk when answered: a power cut loses what was acknowledged. Compare only rows with the same guarantee.
- **W2** asks for what is new behind a cursor that leaves exactly 10 changed work orders, 300 times after a warm-up.
- **W3** is the first sync of a technician with 2,000 work orders of 2 KB, all pages, out of a store of all technicians.
- **W4** sends 50 JPEG photos of about 1 MiB, 8 at a time. Ours checks the structure of the picture and its SHA-256, and
  has synced file and folder before it answers.
- **W5** runs from the start of the process to its first answer 200; memory is read 3 s later, before any other request.
- Kinto 26.5.0 and ODK Central v2026.2.0-52 with PostgreSQL 15.18, CouchDB 3.5.0, pouchdb-server 4.2.0, PocketBase 0.40.6;
  nginx 1.22.1 stores nothing and shows how far the loopback goes. ODK has no batch and no delta protocol: a batch is 20
  submissions, W2 a filtered OData query, W3 the entity CSV.
- The disk of this machine syncs 4 KB in 0.17 ms. On one with 5 ms, one phone gets at most 200 batches a second from any
  server that syncs; many phones share a sync here.
";

/// What follows this line in the document is written by people.
const BY_HAND: &str = "\n## Against our own targets\n";

/// Kinto, CouchDB, pouchdb-server, PocketBase, ODK Central, nginx.
type Peers = [&'static str; 6];

struct Table(String);

impl Table {
    fn row(&mut self, what: &str, ours: &str, peers: Peers) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "| {what} | **{ours}** | {} |", peers.join(" | "));
    }
}

/// The whole document.
pub fn table(about: &str, measured: &Measured) -> String {
    let rounds = &measured.rounds;
    let loads: Vec<&str> = rounds.iter().map(|round| round.load.as_str()).collect();
    let seeded = &measured.seeded;
    let mut table = Table(format!(
        "{HEAD}\n{about} Load average before each run: {}. The store holds {} events of {} work orders, {} of them in the \
         feed that is pulled.\n\n| | Daochang | Kinto | CouchDB | pouchdb-server | PocketBase | ODK Central | nginx (ceiling) |\n\
         |---|---|---|---|---|---|---|---|\n",
        loads.join(", "),
        seeded.events,
        seeded.work_orders,
        seeded.changes,
    ));
    pushes(&mut table, rounds);
    pulls(&mut table, measured);
    photos_and_start(&mut table, rounds);
    evidence(&mut table, rounds);
    table.0 + FOOT
}

/// The new table, followed by what people wrote below the old one.
pub fn with_what_is_kept_by_hand(table: &str, before: &str) -> String {
    let kept = before.find(BY_HAND).map_or("", |at| &before[at..]);
    format!("{table}{kept}")
}

fn pushes(table: &mut Table, rounds: &[Round]) {
    let of = |figure: fn(&Round) -> f64| median(rounds, figure);
    table.row(
        "W1 on disk at the answer?",
        "yes, signatures verified",
        ["yes", "yes", "no\\*", "no\\*", "yes", "–"],
    );
    table.row(
        "W1 8 phones, events/s",
        &thousands(of(|round| round.pushed_by_eight.events_per_s)),
        ["121", "3,166", "2,912\\*", "2,041\\*", "49", "97,568"],
    );
    table.row(
        "W1 8 phones, p50 / p99 ms",
        &pair(
            of(|round| round.pushed_by_eight.latency.p50_ms),
            of(|round| round.pushed_by_eight.latency.p99_ms),
        ),
        [
            "1,195 / 2,519",
            "51 / 74",
            "50 / 107\\*",
            "66 / 245\\*",
            "3,149 / 3,849",
            "1.0 / 7.2",
        ],
    );
    table.row(
        "W1 8 phones, server CPU ms per batch",
        &number(of(|round| round.pushed_by_eight.cpu_ms)),
        ["165", "6.3", "6.8", "9.5", "405", "0.03"],
    );
    table.row(
        "W1 1 phone, events/s",
        &thousands(of(|round| round.pushed_by_one.events_per_s)),
        ["139", "2,211", "2,510\\*", "1,857\\*", "38", "37,371"],
    );
    table.row(
        "W1 1 phone, p50 / p99 ms",
        &pair(
            of(|round| round.pushed_by_one.latency.p50_ms),
            of(|round| round.pushed_by_one.latency.p99_ms),
        ),
        [
            "139 / 182",
            "9.0 / 13.2",
            "6.9 / 16.8\\*",
            "9.7 / 17.6\\*",
            "363 / 1,229",
            "0.34 / 2.1",
        ],
    );
    table.row(
        "W1 mean payload, bytes",
        &thousands(of(|round| round.pushed_by_eight.payload_bytes)),
        ["1,000"; 6],
    );
}

fn pulls(table: &mut Table, measured: &Measured) {
    let of = |figure: fn(&Round) -> f64| median(&measured.rounds, figure);
    table.row(
        "W2 100,000 changes, p50 / p99 ms",
        &pair(
            of(|round| round.pulled.latency.p50_ms),
            of(|round| round.pulled.latency.p99_ms),
        ),
        [
            "7.5 / 12.9",
            "3.7 / 7.0",
            "2.4 / 9.3",
            "0.91 / 3.5",
            "166 / 241",
            "0.31 / 2.0",
        ],
    );
    if let Some((_, pulled)) = &measured.large {
        table.row(
            "W2 1,000,000 changes, p50 / p99 ms",
            &pair(
                median(pulled, |run| run.latency.p50_ms),
                median(pulled, |run| run.latency.p99_ms),
            ),
            ["7.2 / 12.9", "3.1 / 6.1", "–", "0.81 / 2.6", "–", "–"],
        );
    }
    table.row(
        "W2 100,000, server CPU ms per pull",
        &number(of(|round| round.pulled.cpu_ms)),
        ["7.2", "3.8", "2.7", "0.90", "170", "0.07"],
    );
    table.row(
        "W2 answer, bytes",
        &thousands(of(|round| round.pulled.bytes as f64)),
        ["11,068", "13,823", "12,209", "12,218", "15,379", "10,508"],
    );
    table.row(
        "W3 first sync, ms",
        &format!(
            "{} ({} pages)",
            number(of(|round| ms(round.fetched.took))),
            of(|round| round.fetched.pages as f64)
        ),
        ["130", "284", "146", "90 (2 pages)", "95", "17"],
    );
    table.row(
        "W3 first sync, MB",
        &number(of(|round| round.fetched.bytes as f64 / 1e6)),
        ["4.16", "4.66", "4.38", "4.48", "4.16", "4.10"],
    );
}

fn photos_and_start(table: &mut Table, rounds: &[Round]) {
    let of = |figure: fn(&Round) -> f64| median(rounds, figure);
    table.row(
        "W4 on disk at the answer?",
        "yes, hash verified",
        ["file no\\*", "yes", "no\\*", "no\\*", "yes", "no\\*"],
    );
    table.row(
        "W4 MB/s",
        &number(of(|round| round.uploaded.mb_per_s)),
        ["37\\*", "82", "11.8\\*", "130\\*", "31", "1,071\\*"],
    );
    table.row(
        "W4 p50 / p99 ms per photo",
        &pair(
            of(|round| round.uploaded.latency.p50_ms),
            of(|round| round.uploaded.latency.p99_ms),
        ),
        [
            "220 / 307",
            "95 / 162",
            "660 / 901",
            "50 / 238",
            "271 / 369",
            "7.4 / 11.9",
        ],
    );
    table.row(
        "W4 server CPU ms per photo",
        &number(of(|round| round.uploaded.cpu_ms)),
        ["28", "13", "89", "8.0", "33", "0.6"],
    );
    table.row(
        "W4 mean photo, bytes",
        &thousands(of(|round| round.uploaded.photo_bytes)),
        ["1,048,576"; 6],
    );
    table.row(
        "W5 cold start, ms",
        &number(of(|round| ms(round.started_in))),
        ["1,006 (+123 PG)", "778", "517", "43", "782 (+123 PG)", "36"],
    );
    table.row(
        "W5 idle, RSS / PSS with database, MiB",
        &format!(
            "{:.0} / {:.0}",
            of(|round| round.idle.rss_mib),
            of(|round| round.idle.pss_mib)
        ),
        [
            "89 / 111",
            "69 / 51",
            "78 / 55",
            "30 / 30",
            "139 / 177",
            "11 / 4",
        ],
    );
    table.row(
        "RSS after all of the above, MiB",
        &number(of(|round| round.busy.rss_mib)),
        ["–"; 6],
    );
}

/// What no other product does.
fn evidence(table: &mut Table, rounds: &[Round]) {
    let of = |figure: fn(&Round) -> f64| median(rounds, figure);
    table.row(
        "signed and logged receipts, 8 phones, per s",
        &thousands(of(|round| round.receipted.receipts_per_s)),
        ["–"; 6],
    );
    table.row(
        "receipt, p50 / p99 ms",
        &pair(
            of(|round| round.receipted.latency.p50_ms),
            of(|round| round.receipted.latency.p99_ms),
        ),
        ["–"; 6],
    );
    table.row(
        "receipt, server CPU ms",
        &number(of(|round| round.receipted.cpu_ms)),
        ["–"; 6],
    );
    table.row(
        "evidence bundle, events / MB",
        &format!(
            "{} / {}",
            number(of(|round| round.bundled.events as f64)),
            number(of(|round| round.bundled.bytes as f64 / 1e6))
        ),
        ["–"; 6],
    );
    table.row(
        "evidence bundle made / verified, s",
        &pair(
            of(|round| round.bundled.made_in.as_secs_f64()),
            of(|round| round.bundled.verified_in.as_secs_f64()),
        ),
        ["–"; 6],
    );
}

fn pair(p50_ms: f64, p99_ms: f64) -> String {
    format!("{} / {}", number(p50_ms), number(p99_ms))
}

/// Three digits that mean something.
fn number(value: f64) -> String {
    match value {
        _ if value < 10.0 => format!("{value:.2}"),
        _ if value < 100.0 => format!("{value:.1}"),
        _ => thousands(value),
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let first = digits.len() % 3;
    let groups = std::iter::once(&digits[..first]).chain(
        (first..digits.len())
            .step_by(3)
            .map(|at| &digits[at..at + 3]),
    );
    groups
        .filter(|group| !group.is_empty())
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_table_leaves_what_people_wrote_below_it() {
        let by_hand = format!("{BY_HAND}| W1 | reached |\n");
        let first = format!("old\n{by_hand}");
        let second = with_what_is_kept_by_hand("new\n", &first);
        assert_eq!(second, format!("new\n{by_hand}"));
        assert_eq!(with_what_is_kept_by_hand("new\n", &second), second);
        assert_eq!(with_what_is_kept_by_hand("new\n", ""), "new\n");
        let real = include_str!("../../../docs/bench.md");
        assert!(real.contains(BY_HAND), "the document has that line");
    }

    #[test]
    fn figures_are_short_and_grouped() {
        let shown = [0.912, 3.5, 51.04, 121.4, 3_166.2, 1_048_576.0].map(number);
        assert_eq!(shown, ["0.91", "3.50", "51.0", "121", "3,166", "1,048,576"]);
    }
}
