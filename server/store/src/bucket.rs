//! Bytes in a bucket of an S3 service instead of a folder. Address and prefix come from the command
//! line; account, region and endpoint from the environment variables that every S3 tool reads
//! (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP`).
//! The service must know conditional writes (`If-None-Match`), as S3 and MinIO do: two requests with
//! the same piece must not both succeed.

use std::sync::{Arc, Once};

use object_store::ObjectStore;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::prefix::PrefixStore;

use crate::error::{Result, StoreError};

/// Opens `s3://BUCKET/PREFIX` with these options, named as the environment variables are in lower case.
pub(crate) fn open(url: &str, options: &[(String, String)]) -> Result<Arc<dyn ObjectStore>> {
    let wrong = || StoreError::Unavailable(format!("not s3://BUCKET/PREFIX: {url}"));
    let (bucket, prefix) = parts(url).ok_or_else(wrong)?;
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Whoever was first is as good: all of them speak TLS 1.3.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let mut builder = AmazonS3Builder::new().with_bucket_name(bucket);
    for (name, value) in options {
        // Other programs have variables that begin like these.
        if let Ok(key) = name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>() {
            builder = builder.with_config(key, value);
        }
    }
    let store = builder.build()?;
    Ok(if prefix.is_empty() {
        Arc::new(store)
    } else {
        Arc::new(PrefixStore::new(store, prefix))
    })
}

/// The options that this process was started with.
pub(crate) fn options() -> Vec<(String, String)> {
    std::env::vars()
        .filter(|(name, _)| name.starts_with("AWS_"))
        .collect()
}

/// Bucket and prefix; the prefix may be empty.
fn parts(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("s3://")?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    (!bucket.is_empty()).then(|| (bucket, prefix.trim_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_has_a_name_and_perhaps_a_prefix() {
        for (url, expected) in [
            ("s3://photos", Some(("photos", ""))),
            ("s3://photos/", Some(("photos", ""))),
            ("s3://photos/daochang/", Some(("photos", "daochang"))),
            ("s3://photos/a/b", Some(("photos", "a/b"))),
            ("s3://", None),
            ("s3:///a", None),
            ("https://photos", None),
            ("data/evidence", None),
        ] {
            assert_eq!(parts(url), expected, "{url}");
        }
    }
}
