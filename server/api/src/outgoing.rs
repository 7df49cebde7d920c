//! The one HTTP client: for witnesses and time-stamping authorities, whose addresses come from the
//! command line only, and as the base of the one for webhooks, which trusts no address
//! ([`crate::channels::webhook`]). It follows no redirects and waits for nobody for long.

use std::sync::Once;
use std::time::Duration;

/// A client that gives up after `patience`.
pub fn client(patience: Duration) -> reqwest::Client {
    builder(patience)
        .build()
        .expect("a client without special wishes can be built")
}

/// The same, for somebody who has special wishes.
pub fn builder(patience: Duration) -> reqwest::ClientBuilder {
    use_ring();
    reqwest::Client::builder()
        .timeout(patience)
        .connect_timeout(patience)
        .redirect(reqwest::redirect::Policy::none())
}

/// Chooses who does the arithmetic of TLS in this process.
pub fn use_ring() {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Whoever was first is as good: all of them speak TLS 1.3.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// Sends a request; the status and a body of at most `bytes_max`, or why there is none.
pub async fn answer(
    request: reqwest::RequestBuilder,
    bytes_max: usize,
) -> Result<(u16, Vec<u8>), String> {
    let reason = |error: reqwest::Error| error.without_url().to_string();
    let mut response = request.send().await.map_err(reason)?;
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(reason)? {
        if body.len() + chunk.len() > bytes_max {
            return Err(format!("the answer is longer than {bytes_max} bytes"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((response.status().as_u16(), body))
}
