//! Passwords as Argon2id hashes. Hashing is slow on purpose, so it runs on the blocking pool
//! and only a few at a time: a storm of sign-ins queues up instead of taking memory and
//! processors away from the phones that synchronise.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::error::ApiError;
use crate::signer::random_bytes;

/// Hashes computed at the same time; each takes 19 MiB and some 20 ms of one processor.
const CONCURRENT_MAX: usize = 4;

/// Longest accepted password, in bytes; a longer one is refused before it is hashed.
pub const PASSWORD_BYTES_MAX: usize = 256;

/// Shortest password an administrator may set, in characters.
pub const PASSWORD_CHARS_MIN: usize = 8;

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    /// Hash of a password nobody knows; checked for unknown logins so that they take as long.
    decoy: Arc<str>,
}

impl Passwords {
    /// Ready to hash.
    ///
    /// # Errors
    /// Only when Argon2 refuses its own default parameters.
    pub fn new() -> Result<Self, argon2::password_hash::Error> {
        let decoy = hash(&random_bytes::<32>())?.into();
        Ok(Self {
            permits: Arc::new(Semaphore::new(CONCURRENT_MAX)),
            decoy,
        })
    }

    /// The PHC string to store for this password.
    pub async fn hash(&self, password: String) -> Result<String, ApiError> {
        self.blocking(move || hash(password.as_bytes()))
            .await?
            .map_err(|error| ApiError::internal("hash password", error))
    }

    /// Whether the password fits the stored hash. Without a stored hash (unknown login) the
    /// answer is no, after the same work.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, ApiError> {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| self.decoy.to_string());
        let fits = self
            .blocking(move || fits(password.as_bytes(), &stored))
            .await?;
        Ok(fits && known)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|error| ApiError::internal("password permits", error))?;
        let task = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        task.await
            .map_err(|error| ApiError::internal("password task", error))
    }
}

fn hash(password: &[u8]) -> Result<String, argon2::password_hash::Error> {
    Argon2::default()
        .hash_password(password)
        .map(|hash| hash.to_string())
}

fn fits(password: &[u8], stored: &str) -> bool {
    PasswordHash::new(stored)
        .is_ok_and(|stored| Argon2::default().verify_password(password, &stored).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_of_a_known_login_fits() {
        let passwords = Passwords::new().unwrap();
        let stored = passwords.hash("到场 2026".to_owned()).await.unwrap();
        assert!(stored.starts_with("$argon2id$"), "{stored}");
        let cases = [
            ("到场 2026", Some(stored.clone()), true),
            ("到场 2027", Some(stored.clone()), false),
            ("", Some(stored), false),
            ("到场 2026", None, false),
            ("到场 2026", Some("damaged".to_owned()), false),
        ];
        for (password, stored, expected) in cases {
            assert_eq!(
                passwords.verify(password.to_owned(), stored).await.unwrap(),
                expected,
                "{password}"
            );
        }
    }
}
