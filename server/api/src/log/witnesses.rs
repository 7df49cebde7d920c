//! Those who watch the log: each runs on its own machine and cosigns only a state that continues the one
//! it saw before (C2SP tlog-witness). With enough of their times on a checkpoint nobody can say later
//! that something in it happened afterwards, nor that something after it happened before.

use std::io;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::envelope::Signer;
use domain::ids::Digest;
use domain::text::coded;
use domain::time::Timestamp;
use domain::tlog::cosignature::{cosign, cosigned_at};
use domain::tlog::note::{KeyKind, Note, NoteKey, NoteSignature};
use futures_util::future::join_all;
use store::LogFiles;

use super::authority::Authority;
use super::tiles::prove_consistency;
use crate::signer::{load_or_create_seed, load_seed};

/// The secret of the invented witness inside the data folder.
const SEED_FILE: &str = "demo-witness.key";
/// How long a witness may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest answer of a witness, bytes.
const ANSWER_BYTES_MAX: usize = 8 * 1024;

/// A witness as the command line names it: `VKEY@URL`.
#[derive(Debug, Clone)]
pub struct Remote {
    pub key: NoteKey,
    /// Without a slash at the end.
    pub url: String,
}

impl FromStr for Remote {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = "expected VERIFIERKEY@http://HOST:PORT";
        let (key, url) = text.split_once("@http").ok_or(expected)?;
        let key: NoteKey = key.parse().map_err(|_| expected)?;
        if key.kind() != KeyKind::Cosignature {
            return Err("that key is not a witness's".to_owned());
        }
        Ok(Self {
            key,
            url: format!("http{}", url.trim_end_matches('/')),
        })
    }
}

/// The invented witness of the demonstration, so that its past has times from outside. It lives in this
/// process and so proves nothing; its name says so.
pub struct Invented {
    key: NoteKey,
    signer: Signer,
}

impl Invented {
    /// The witness that grows from these bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let signer = Signer::from_seed(seed);
        let key = NoteKey::new(
            "demo-witness.invalid",
            KeyKind::Cosignature,
            signer.public_key(),
        );
        Self {
            key: key.expect("the name is one"),
            signer,
        }
    }

    /// Its key.
    pub fn key(&self) -> &NoteKey {
        &self.key
    }

    /// The one of this data folder.
    ///
    /// # Errors
    /// When there is none, because nothing was demonstrated here, or it is damaged.
    pub fn load(folder: &Path) -> io::Result<Self> {
        Ok(Self::from_seed(&load_seed(&folder.join(SEED_FILE))?))
    }

    /// The same; made the first time.
    ///
    /// # Errors
    /// When the folder cannot be used, or the file is damaged.
    pub fn load_or_create(folder: &Path) -> io::Result<Self> {
        let seed = load_or_create_seed(&folder.join(SEED_FILE))?;
        Ok(Self::from_seed(&seed))
    }
}

struct Asked {
    remote: Remote,
    /// The size it said it knows.
    known: AtomicU64,
}

/// All who see this log from outside.
pub struct Witnesses {
    remote: Vec<Asked>,
    invented: Option<Invented>,
    quorum: usize,
    authority: Option<Authority>,
    client: reqwest::Client,
    last: std::sync::RwLock<std::collections::BTreeMap<String, Answer>>,
}

/// What a witness answered last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The size it was asked about.
    pub size: u64,
    /// When it was asked, by our clock.
    pub asked_at: Timestamp,
    /// Its own time, or why there is none.
    pub cosigned_at: Result<Timestamp, Refused>,
}

coded! {
    /// Why a witness has not cosigned.
    NoCosignature {
        Silent "witness_silent"
            "见证方没有应答，下次公布时会再询问。其间的时间只由本服务器证明。"
            "The witness does not answer and will be asked again with the next state. Until then times rest on this server alone.";
        Contradicts "witness_contradicts"
            "见证方看到过的日志与这里公布的对不上：可能恢复了旧备份，或日志被改写。请立即核查，并运行 daochang fsck。"
            "The witness has seen a log that this one does not continue: an old backup was restored, or the log was rewritten. Look into it at once and run daochang fsck.";
        Refuses "witness_refuses"
            "见证方拒绝签名，请与其运行单位核对日志名称和公钥。"
            "The witness refuses to sign. Compare the log's name and key with whoever runs it.";
        Unsigned "witness_unsigned"
            "应答中没有该见证方的有效签名，请核对其公钥。"
            "The answer is not signed by this witness's key. Compare the key with whoever runs it.";
    }
}

/// Why a witness has not cosigned, in words and as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub why: NoCosignature,
    /// What was answered, or what failed; for whoever runs the two machines.
    pub detail: Arc<str>,
}

impl Refused {
    fn new(why: NoCosignature, detail: impl Into<Arc<str>>) -> Self {
        let detail = detail.into();
        Self { why, detail }
    }
}

impl Witnesses {
    /// These witnesses; `quorum` of them must have seen a checkpoint before its time counts.
    pub fn new(remote: Vec<Remote>, invented: Option<Invented>, quorum: usize) -> Self {
        Self {
            remote: remote
                .into_iter()
                .map(|remote| Asked {
                    remote,
                    known: AtomicU64::new(0),
                })
                .collect(),
            invented,
            quorum: quorum.max(1),
            authority: None,
            client: crate::outgoing::client(PATIENCE),
            last: std::sync::RwLock::default(),
        }
    }

    /// Nobody.
    pub fn none() -> Self {
        Self::new(Vec::new(), None, 1)
    }

    /// The same, and a time-stamp authority as one more voice.
    pub fn with_authority(self, authority: Option<Authority>) -> Self {
        Self { authority, ..self }
    }

    /// The time-stamp authority, if there is one.
    pub fn authority(&self) -> Option<&Authority> {
        self.authority.as_ref()
    }

    /// How many must have seen a checkpoint, the authority counted with them.
    pub fn quorum(&self) -> usize {
        self.quorum
    }

    /// Their keys.
    pub fn keys(&self) -> Vec<&NoteKey> {
        let remote = self.remote.iter().map(|asked| &asked.remote.key);
        remote
            .chain(self.invented.iter().map(|invented| &invented.key))
            .collect()
    }

    /// What the named witness answered last.
    pub fn last_answer(&self, name: &str) -> Option<Answer> {
        let last = self
            .last
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        last.get(name).cloned()
    }

    /// When those who cosigned the note saw it, by their own clocks.
    pub fn times(&self, note: &Note) -> Vec<Timestamp> {
        let keys = self.keys();
        let cosigned = |key: &NoteKey| cosigned_at(note, key).ok().flatten();
        keys.into_iter().filter_map(cosigned).collect()
    }

    /// Asks all of them at once and adds what they sign.
    pub async fn cosign(&self, files: &LogFiles, note: &mut Note, size: u64, now: Timestamp) {
        if let Some(Invented { key, signer }) = &self.invented
            && let Ok(line) = cosign(note.text(), key.name(), signer, now)
        {
            note.add(line);
            self.remember(key, note, size, now, None);
        }
        let signed = note.clone();
        let asked = self
            .remote
            .iter()
            .map(|asked| self.ask(files, asked, &signed, size));
        for (asked, answer) in self.remote.iter().zip(join_all(asked).await) {
            let refused = match answer {
                Ok(lines) => {
                    lines.into_iter().for_each(|line| note.add(line));
                    None
                }
                Err(reason) => Some(reason),
            };
            self.remember(&asked.remote.key, note, size, now, refused);
        }
    }

    fn remember(
        &self,
        key: &NoteKey,
        note: &Note,
        size: u64,
        asked_at: Timestamp,
        refused: Option<Refused>,
    ) {
        let at = cosigned_at(note, key).ok().flatten();
        let unsigned = || Refused::new(NoCosignature::Unsigned, "");
        let cosigned_at = at.ok_or_else(|| {
            let refused = refused.unwrap_or_else(unsigned);
            let (code, reason) = (refused.why.code(), &refused.detail);
            tracing::warn!(witness = key.name(), code, %reason, "a witness did not cosign");
            refused
        });
        let answer = Answer {
            size,
            asked_at,
            cosigned_at,
        };
        self.last
            .write()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .insert(key.name().to_owned(), answer);
    }

    /// Asks one witness, once more if it knows another size than we thought.
    async fn ask(
        &self,
        files: &LogFiles,
        asked: &Asked,
        note: &Note,
        size: u64,
    ) -> Result<Vec<NoteSignature>, Refused> {
        use NoCosignature::{Contradicts, Refuses, Silent, Unsigned};
        for _ in 0..2 {
            let known = asked.known.load(Ordering::Acquire);
            let proof = prove_consistency(files, known, size)
                .await
                .map_err(|error| Refused::new(Silent, error.to_string()))?
                .ok_or_else(|| Refused::new(Contradicts, format!("it knows {known} leaves")))?;
            let request = self
                .client
                .post(format!("{}/add-checkpoint", asked.remote.url))
                .body(body(known, &proof, note));
            let (status, answer) = crate::outgoing::answer(request, ANSWER_BYTES_MAX)
                .await
                .map_err(|reason| Refused::new(Silent, reason))?;
            let answer = String::from_utf8(answer)
                .map_err(|error| Refused::new(Refuses, error.to_string()))?;
            match status {
                200 => {
                    asked.known.store(size, Ordering::Release);
                    return NoteSignature::parse_lines(&answer)
                        .map_err(|reason| Refused::new(Unsigned, reason.code()));
                }
                409 => {
                    let theirs = answer.trim_end().parse();
                    let theirs = theirs.map_err(|_| Refused::new(Refuses, "409 without a size"))?;
                    asked.known.store(theirs, Ordering::Release);
                }
                422 => {
                    return Err(Refused::new(
                        Contradicts,
                        format!("422 {}", answer.trim_end()),
                    ));
                }
                _ => {
                    return Err(Refused::new(
                        Refuses,
                        format!("{status} {}", answer.trim_end()),
                    ));
                }
            }
        }
        let detail = "it changes its mind about the size it knows";
        Err(Refused::new(Refuses, detail))
    }
}

/// The body of add-checkpoint.
fn body(known: u64, proof: &[Digest], note: &Note) -> String {
    let mut text = format!("old {known}\n");
    for hash in proof {
        text.push_str(&STANDARD.encode(hash.0));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&note.to_string());
    text
}
