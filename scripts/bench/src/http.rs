//! A phone's connection: HTTP/1.1, kept alive, one request at a time, no compression. Written for
//! this bench so that the generator costs little next to the server; it reads answers with a
//! length or in chunks, and nothing else.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Result;

/// One connection of one person.
pub struct Connection {
    stream: TcpStream,
    token: String,
    /// Bytes received and not yet used.
    buffer: Vec<u8>,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body, if it worked.
    pub fn ok(self) -> Result<Vec<u8>> {
        match self.status {
            200..300 => Ok(self.body),
            status => Err(format!("{status}: {}", String::from_utf8_lossy(&self.body)).into()),
        }
    }
}

impl Connection {
    /// Connects without delay of small packets; `token` opens the session.
    pub async fn open(address: SocketAddr, token: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            token: token.to_owned(),
            buffer: Vec::with_capacity(64 * 1024),
        })
    }

    pub async fn get(&mut self, path: &str) -> Result<Answer> {
        self.request("GET", path, "", &[]).await
    }

    pub async fn post(&mut self, path: &str, json: &[u8]) -> Result<Answer> {
        self.request("POST", path, "application/json", json).await
    }

    pub async fn put(&mut self, path: &str, kind: &str, bytes: &[u8]) -> Result<Answer> {
        self.request("PUT", path, kind, bytes).await
    }

    async fn request(
        &mut self,
        method: &str,
        path: &str,
        kind: &str,
        body: &[u8],
    ) -> Result<Answer> {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {}\r\n",
            self.token
        );
        if method != "GET" {
            head += &format!("content-type: {kind}\r\ncontent-length: {}\r\n", body.len());
        }
        head += "\r\n";
        // Small requests leave in one packet, large ones are not copied.
        if body.len() <= 64 * 1024 {
            self.stream
                .write_all(&[head.as_bytes(), body].concat())
                .await?;
        } else {
            self.stream.write_all(head.as_bytes()).await?;
            self.stream.write_all(body).await?;
        }
        self.answer().await
    }

    async fn answer(&mut self) -> Result<Answer> {
        let end = loop {
            if let Some(end) = find(&self.buffer, b"\r\n\r\n") {
                break end;
            }
            self.more().await?;
        };
        let head = String::from_utf8_lossy(&self.buffer[..end]).to_ascii_lowercase();
        self.buffer.drain(..end + 4);
        let status = head
            .get(9..12)
            .and_then(|digits| digits.parse().ok())
            .ok_or("no status line")?;
        let header = |name: &str| {
            head.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
        };
        let body = match header("content-length") {
            Some(length) => self.take(length.trim().parse()?).await?,
            None if header("transfer-encoding").is_some() => self.chunks().await?,
            None => Vec::new(),
        };
        Ok(Answer { status, body })
    }

    async fn chunks(&mut self) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let end = loop {
                if let Some(end) = find(&self.buffer, b"\r\n") {
                    break end;
                }
                self.more().await?;
            };
            let size = usize::from_str_radix(std::str::from_utf8(&self.buffer[..end])?.trim(), 16)?;
            self.buffer.drain(..end + 2);
            let chunk = self.take(size + 2).await?;
            if size == 0 {
                return Ok(body);
            }
            body.extend_from_slice(&chunk[..size]);
        }
    }

    async fn take(&mut self, size: usize) -> Result<Vec<u8>> {
        while self.buffer.len() < size {
            self.more().await?;
        }
        let rest = self.buffer.split_off(size);
        Ok(std::mem::replace(&mut self.buffer, rest))
    }

    async fn more(&mut self) -> Result<()> {
        self.buffer.reserve(64 * 1024);
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server closed the connection".into()),
            _ => Ok(()),
        }
    }
}

fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    bytes.windows(mark.len()).position(|window| window == mark)
}
