//! The server under measurement: a child process on a core of its own, and what the kernel says it costs.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::http::Connection;

/// After so long it will not come up any more.
const START_MAX: Duration = Duration::from_secs(60);

/// It rests when it has used less than this in a second.
const AT_REST: Duration = Duration::from_millis(50);
/// Longest wait for that.
const REST_MAX: Duration = Duration::from_secs(300);

/// A running server; killed when dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    /// From its start to its first answer 200.
    pub started_in: Duration,
}

/// Memory of the process, MiB.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pub rss_mib: f64,
    /// Shared pages counted by their share.
    pub pss_mib: f64,
}

impl Server {
    /// Starts it on core 0 and waits for its first 200.
    pub async fn start(program: &Path, data: &Path) -> Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let begin = Instant::now();
        let child = Command::new("taskset")
            .args(["-c", "0"])
            .arg(program)
            .args([
                "serve",
                "--web",
                "none",
                "--http",
                &address.to_string(),
                "--data",
            ])
            .arg(data)
            .env("RUST_LOG", "warn")
            // It would trace the engine's inner errors, which are many and mean nothing.
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let mut server = Self {
            child,
            address,
            started_in: Duration::ZERO,
        };
        loop {
            if server.is_healthy().await {
                server.started_in = begin.elapsed();
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                return Err(format!("the server ended while starting: {status}").into());
            }
            if begin.elapsed() > START_MAX {
                return Err("the server does not come up".into());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    async fn is_healthy(&self) -> bool {
        let Ok(mut connection) = Connection::open(self.address, "").await else {
            return false;
        };
        connection
            .get("/healthz")
            .await
            .is_ok_and(|answer| answer.status == 200)
    }

    /// Processor time used since its start, user and system.
    pub fn cpu(&self) -> Result<Duration> {
        cpu_of(&self.child.id().to_string())
    }

    /// What it holds now.
    pub fn memory(&self) -> Result<Memory> {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let mib = |name: &str| {
            let line = rollup.lines().find_map(|line| line.strip_prefix(name));
            let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
            kib.map(|kib| kib / 1024.0)
                .ok_or("smaps_rollup has no such line")
        };
        Ok(Memory {
            rss_mib: mib("Rss:")?,
            pss_mib: mib("Pss:")?,
        })
    }

    /// Waits until it has done what it does behind the answers, or the next start would begin with that.
    pub async fn rest(&self) -> Result<()> {
        let begin = Instant::now();
        let mut before = self.cpu()?;
        while begin.elapsed() < REST_MAX {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let now = self.cpu()?;
            if now.saturating_sub(before) < AT_REST {
                return Ok(());
            }
            before = now;
        }
        Err("the server does not come to rest".into())
    }

    /// Asks it to stop and waits.
    pub fn stop(mut self) -> Result<()> {
        Command::new("kill")
            .arg(self.child.id().to_string())
            .status()?;
        let status = self.child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("the server ended with {status}").into())
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already; then there is nothing to do.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time that a process has used since its start, user and system; `self` is this one.
pub fn cpu_of(process: &str) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name in parentheses may hold anything; the fields behind it may not.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|field| field.parse::<u64>().ok())
            .unwrap_or(0)
    };
    // Linux counts in hundredths of a second for user space, whatever its own clock is.
    Ok(Duration::from_millis((ticks(11) + ticks(12)) * 10))
}
