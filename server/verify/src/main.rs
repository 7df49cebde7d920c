//! `daochang-verify bundle.zip --trust trust.json`: verifies an evidence bundle offline. Reads the two
//! files, prints, and ends with 0 (all proved), 1 (something is false), 2 (intact, but a promised
//! guarantee is missing) or 3 (bad input).

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use verify::{Trust, container, trust, verify};

/// Verify an evidence bundle offline 离线核验证据包
#[derive(Parser)]
#[command(name = "daochang-verify", version)]
struct Arguments {
    /// The bundle, evidence-….zip
    bundle: PathBuf,
    /// The trust file that the authority keeps; never take one out of a bundle
    #[arg(long)]
    trust: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

const BAD_INPUT: u8 = 3;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let is_question = !error.use_stderr();
            // Nobody reading what is printed is no reason to fail otherwise.
            let _ = error.print();
            return ExitCode::from(if is_question { 0 } else { BAD_INPUT });
        }
    };
    match run(&arguments) {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(BAD_INPUT)
        }
    }
}

fn run(arguments: &Arguments) -> Result<u8, String> {
    let trust = match &arguments.trust {
        None => None,
        Some(path) => {
            let text = read(path, trust::TRUST_BYTES_MAX)?;
            let unusable = |_| {
                let path = path.display();
                format!(
                    "{path}: 不是可用的信任文件。请向主管单位重新索取。\n{path}: not a usable trust file. Ask the authority for it again."
                )
            };
            Some(Trust::parse(&text).map_err(unusable)?)
        }
    };
    let bundle = read(&arguments.bundle, container::BUNDLE_BYTES_MAX)?;
    let report = verify(&bundle, trust.as_ref());
    let text = if arguments.json {
        serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?
    } else {
        report.text()
    };
    print(&text);
    Ok(report.exit.into())
}

fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, String> {
    let told = |error: &dyn std::fmt::Display| {
        let path = path.display();
        format!(
            "{path}: 无法读取（{error}）。请检查路径与权限。\n{path}: cannot be read ({error}). Check the path and its permissions."
        )
    };
    let size = std::fs::metadata(path).map_err(|error| told(&error))?.len();
    if size > bytes_max as u64 {
        return Err(told(&format!("{size} > {bytes_max} bytes")));
    }
    std::fs::read(path).map_err(|error| told(&error))
}

/// A closed pipe is the reader's choice.
fn print(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{text}");
}
